#include "core/jobs/job_context.h"

#include <utility>

namespace patchbay {
namespace {

constexpr std::chrono::milliseconds kReportInterval{50};
constexpr std::chrono::milliseconds kSampleInterval{200};
/// Weight of the newest sample: the estimate follows a change of pace within about a second.
constexpr double kNewestShare = 0.3;

}  // namespace

void JobContext::onPause(std::function<void()> hold) {
  m_signals->hold = std::move(hold);
  m_signals->thread = std::this_thread::get_id();
}

void JobContext::holdWhilePaused() const {
  if (!m_signals->hold || m_signals->thread != std::this_thread::get_id()) return;
  const Clock::time_point begin = Clock::now();
  m_signals->hold();
  m_signals->held += Clock::now() - begin;
}

void JobContext::onYield(std::function<void()> yield) { m_signals->yield = std::move(yield); }

void JobContext::letOthersThrough() const {
  if (!m_signals->yield || m_signals->thread != std::this_thread::get_id()) return;
  const Clock::time_point begin = Clock::now();
  m_signals->yield();
  m_signals->held += Clock::now() - begin;
}

void JobContext::progress(std::string phase, std::string unit, std::int64_t done, std::int64_t total) {
  // A pause is no time of work.
  const Clock::time_point now = Clock::now() - m_signals->held;
  if (phase != m_phase || m_sampleTime == Clock::time_point{} || done < m_sampleDone) {
    m_phase = phase;
    m_phaseIsComplete = false;
    m_sampleTime = now;
    m_sampleDone = done;
    m_unitsPerSecond = 0;
  }
  const double left = secondsLeft(now, done, total);
  const bool isLast = total > 0 && done >= total;
  // A loop that goes on reporting a complete phase must not flood the window.
  const bool mustPass = isLast && !m_phaseIsComplete;
  m_phaseIsComplete = m_phaseIsComplete || isLast;
  if ((!m_sink && !m_extraSink) || (!mustPass && now - m_lastReport < kReportInterval)) return;
  m_lastReport = now;
  const Progress report{std::move(phase), std::move(unit), done, total, left};
  if (m_sink) m_sink(report);
  if (m_extraSink) m_extraSink(report);
}

double JobContext::secondsLeft(Clock::time_point now, std::int64_t done, std::int64_t total) {
  const std::chrono::duration<double> passed = now - m_sampleTime;
  if (passed >= kSampleInterval && done > m_sampleDone) {
    const double rate = static_cast<double>(done - m_sampleDone) / passed.count();
    m_unitsPerSecond = m_unitsPerSecond > 0 ? (1 - kNewestShare) * m_unitsPerSecond + kNewestShare * rate : rate;
    m_sampleTime = now;
    m_sampleDone = done;
  }
  if (total <= 0) return -1;
  if (done >= total) return 0;
  return m_unitsPerSecond > 0 ? static_cast<double>(total - done) / m_unitsPerSecond : -1;
}

}  // namespace patchbay
