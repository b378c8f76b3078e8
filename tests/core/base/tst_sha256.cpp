#include <QtTest>

#include <random>

#include "core/base/sha256.h"

using namespace patchbay;

class TestSha256 : public QObject {
  Q_OBJECT

  static std::string of(const std::string& text) { return sha256Hex(std::as_bytes(std::span(text))); }

private Q_SLOTS:
  void publishedVectors_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("digest");
    // FIPS 180-2 appendix B and the empty message.
    QTest::newRow("empty") << QByteArray()
                           << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::newRow("abc") << QByteArray("abc")
                         << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    QTest::newRow("million a") << QByteArray(1000000, 'a')
                               << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }

  void publishedVectors() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, digest);
    QCOMPARE(of(text.toStdString()), digest.toStdString());
  }

  void everyLengthAroundTheBlocksAgrees() {
    for (int length = 0; length < 200; ++length) {
      const QByteArray text(length, 'x');
      const QByteArray expected = QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
      QCOMPARE(of(text.toStdString()), expected.toStdString());
    }
  }

  void piecesGiveTheSameAsTheWhole() {
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
      std::string text(random() % 1000, '\0');
      for (char& c : text) c = static_cast<char>(random());
      Sha256 hash;
      for (std::size_t start = 0; start < text.size();) {
        const std::size_t length = std::min<std::size_t>(random() % 150, text.size() - start);
        hash.add(std::string_view(text).substr(start, length));
        start += length;
      }
      QCOMPARE(hash.hex(), of(text));
    }
  }
};

QTEST_APPLESS_MAIN(TestSha256)
#include "tst_sha256.moc"
