#include "ui/bridge/engine_client.h"

#include <atomic>
#include <chrono>

namespace patchbay::ui {
namespace {

// 20 repaints a second of anything that shows progress.
constexpr std::chrono::milliseconds kJobInterval{50};

}  // namespace

EngineClient::EngineClient(Engine& engine, QObject* parent)
    : QObject(parent), m_engine(engine), m_gate(std::make_shared<GuiGate>(this)) {
  m_jobTimer.setSingleShot(true);
  m_jobTimer.setInterval(kJobInterval);
  connect(&m_jobTimer, &QTimer::timeout, this, &EngineClient::refreshJobs);
  // One pending notification is enough, however often the engine speaks.
  auto pending = std::make_shared<std::atomic<bool>>(false);
  m_engine.setJobListener([this, gate = m_gate, pending] {
    if (pending->exchange(true)) return;
    gate->post([this, pending] {
      pending->store(false);
      if (!m_jobTimer.isActive()) m_jobTimer.start();
    });
  });
}

EngineClient::~EngineClient() { m_gate->close(); }

void EngineClient::refreshJobs() {
  m_jobs = m_engine.jobs();
  Q_EMIT jobsChanged();
}

}  // namespace patchbay::ui
