#pragma once

#include <QAbstractItemModel>

#include "ui/state/decoder_shelf.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::ui {

/// What the session can use: loaded models, vectors, fitted maps and decoders, each under its heading.
class LibraryModel : public QAbstractItemModel {
  Q_OBJECT
public:
  enum Section { Models, Vectors, Maps, Decoders, SectionCount };
  enum Role {
    SectionRole = Qt::UserRole + 1,  ///< Section as int
    KeyRole,                         ///< fingerprint, hash or folder; empty for a heading
    CountRole,                       ///< of a heading
    IconRole,                        ///< icon name
    CurrentRole,                     ///< the model in use
    FactsRole,                       ///< muted text at the right
  };

  LibraryModel(ModelShelf& models, VectorShelf& vectors, MapShelf& maps, DecoderShelf& decoders,
               QObject* parent = nullptr);

  [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  /// Vectors can be renamed. Emits `renamed`; the caller makes it undoable.
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
  [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
  void renamed(const QString& hash, const QString& name);

private:
  [[nodiscard]] int count(int section) const;
  [[nodiscard]] QVariant headingData(int section, int role) const;
  [[nodiscard]] QVariant modelData(std::size_t row, int role) const;
  [[nodiscard]] QVariant vectorData(std::size_t row, int role) const;
  /// Maps first, learned prompts behind them.
  [[nodiscard]] QVariant mapData(std::size_t row, int role) const;
  [[nodiscard]] QVariant promptData(std::size_t row, int role) const;
  [[nodiscard]] QVariant decoderData(std::size_t row, int role) const;
  void rebuild();

  ModelShelf& m_models;
  VectorShelf& m_vectors;
  MapShelf& m_maps;
  DecoderShelf& m_decoders;
};

}  // namespace patchbay::ui
