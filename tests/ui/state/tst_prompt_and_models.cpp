#include "tests/ui/state/state_fixture.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::StateFixture;

class PromptAndModelsTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void tokensFollowPromptAndModel() {
    StateFixture bench;
    bench.prompt.setText(QStringLiteral("hello"));
    QVERIFY(!bench.prompt.tokenized());
    QVERIFY(bench.open());
    QTRY_VERIFY(bench.prompt.tokenCount() > 0);
    const int before = bench.prompt.tokenCount();
    bench.prompt.setText(QStringLiteral("hello hello hello"));
    QVERIFY(bench.prompt.tokenCount() > before);
  }

  void textBecomesAMessageAndBack() {
    StateFixture bench;
    bench.prompt.setText(QStringLiteral("hi there"));
    bench.prompt.setChat(true);
    QCOMPARE(bench.prompt.prompt().messages.size(), std::size_t{1});
    QCOMPARE(bench.prompt.text(), QStringLiteral("hi there"));
    bench.prompt.setText(QStringLiteral("hi again"));
    bench.prompt.setChat(false);
    QCOMPARE(bench.prompt.prompt().text, std::string("hi again"));
    QVERIFY(bench.prompt.prompt().messages.empty());
  }

  void anyMessageOfAChatIsEdited() {
    StateFixture bench;
    PromptState& prompt = bench.prompt;
    QCOMPARE(prompt.message(), -1);
    Prompt chat;
    chat.isChat = true;
    chat.messages = {{"user", "one"}, {"assistant", "two"}, {"user", "three"}};
    prompt.setPrompt(chat);
    QCOMPARE(prompt.message(), 2);
    QCOMPARE(prompt.text(), QStringLiteral("three"));
    QSignalSpy changed(&prompt, &PromptState::promptChanged);
    prompt.chooseMessage(0);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(prompt.text(), QStringLiteral("one"));
    prompt.setText(QStringLiteral("uno"));
    QCOMPARE(prompt.prompt().messages[0].content, std::string("uno"));
    QCOMPARE(prompt.prompt().messages[2].content, std::string("three"));
    QCOMPARE(prompt.message(), 0);  // the choice stays while one types

    prompt.addSystemMessage();
    QCOMPARE(prompt.message(), 0);
    prompt.setText(QStringLiteral("Be brief."));
    QCOMPARE(prompt.prompt().messages.front(), (ChatMessage{"system", "Be brief."}));
    prompt.addSystemMessage();
    QCOMPARE(prompt.prompt().messages.size(), std::size_t{4});
    prompt.chooseMessage(2);
    prompt.removeMessage();
    QCOMPARE(prompt.prompt().messages.size(), std::size_t{3});
    QCOMPARE(prompt.text(), QStringLiteral("three"));
    // Another conversation of the same length begins at its end; an edit is shown where it was made.
    prompt.chooseMessage(0);
    Prompt other = prompt.prompt();
    other.messages[1].content = "changed";
    prompt.setPrompt(other);
    QCOMPARE(prompt.message(), 1);
    for (ChatMessage& message : other.messages) message.content += "!";
    prompt.setPrompt(other);
    QCOMPARE(prompt.message(), 2);
    // Another run shown is no edit, also where one message differs or none.
    prompt.chooseMessage(0);
    other.messages[0].content = "another system";
    prompt.showPrompt(other);
    QCOMPARE(prompt.message(), 2);
    prompt.chooseMessage(1);
    prompt.showPrompt(other);
    QCOMPARE(prompt.message(), 2);
    // The last words of the user stay.
    other.messages = {{"system", "s"}, {"user", "u"}};
    prompt.setPrompt(other);
    QVERIFY(!prompt.canRemoveMessage());
    prompt.removeMessage();
    QCOMPARE(prompt.prompt().messages.size(), std::size_t{2});
    prompt.chooseMessage(0);
    QVERIFY(prompt.canRemoveMessage());
    prompt.setPrompt(Prompt::plain("plain"));
    prompt.removeMessage();
    prompt.addSystemMessage();
    QCOMPARE(prompt.text(), QStringLiteral("plain"));
    QCOMPARE(prompt.message(), -1);
  }

  void aBadModelIsAnErrorAndTheOldOneStays() {
    StateFixture bench;
    QVERIFY(bench.open());
    const std::string kept = bench.models.current()->ref.fingerprint;
    QSignalSpy failed(&bench.models, &ModelShelf::loadFailed);
    bench.models.load(bench.folder.filePath(QStringLiteral("nothing-here.gguf")));
    QVERIFY(bench.models.isLoading());
    QTRY_COMPARE(failed.count(), 1);
    QVERIFY(bench.models.lastError().has_value());
    QCOMPARE(bench.models.current()->ref.fingerprint, kept);
    QCOMPARE(bench.models.recentPaths(), QStringList{bench.modelFolder()});
    QCOMPARE(bench.models.lastPath(), bench.modelFolder());
  }

  void aFreedModelIsGone() {
    StateFixture bench;
    QVERIFY(bench.open());
    QSignalSpy changed(&bench.models, &ModelShelf::currentChanged);
    bench.models.free(std::string(bench.models.current()->ref.fingerprint));
    QCOMPARE(changed.count(), 1);
    QVERIFY(!bench.models.isReady());
    QVERIFY(!bench.prompt.tokenized());
  }

  void answersOfADeadContextAreDropped() {
    StateFixture bench;
    QVERIFY(bench.open());
    int answers = 0;
    auto context = std::make_unique<QObject>();
    bench.client.run(bench.lens("dropped"), {}, context.get(),
                     Reply<LensRequest>{.onOutcome = [&](const Outcome<LensResult>&) { ++answers; }});
    context.reset();
    bench.client.run(bench.lens("kept"), {}, this,
                     Reply<LensRequest>{.onOutcome = [&](const Outcome<LensResult>&) { answers += 10; }});
    QTRY_COMPARE(answers, 10);
  }

  void sessionStateIsCoalescedAndKept() {
    StateFixture bench;
    QVERIFY(bench.open());
    QSignalSpy saved(&bench.session, &SessionClient::saved);
    for (int i = 0; i <= 50; ++i) bench.session.saveState("draft", i);
    QVERIFY(bench.session.state("draft") == 50);
    QTRY_VERIFY(saved.count() >= 1);
    QVERIFY(bench.session.lastSavedMs() > 0);
    QSignalSpy opened(&bench.session, &SessionClient::opened);
    bench.session.close(&bench.session, [&](const Outcome<Done>&) { bench.session.open(bench.sessionFile()); });
    QTRY_COMPARE(opened.count(), 1);
    QVERIFY(bench.session.state("draft") == 50);
  }
};

QTEST_GUILESS_MAIN(PromptAndModelsTest)
#include "tst_prompt_and_models.moc"
