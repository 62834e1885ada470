from agent.record.budget import Budget
from agent.record.events import CommandFinished, ModelChosen, UsageReported
from tests.agent.conftest import Try


async def test_the_model_that_writes_the_plan_performs_the_tools_that_make_words(
    attempt: Try,
) -> None:
    plan = 'french = translate("Good evening", "French")\nsay("{french}")'

    followed = await attempt.run("How do they greet in Paris?", plan, "Bonsoir")

    assert followed.outcome.answer == "Bonsoir"
    (chosen,) = followed.of(ModelChosen)
    assert isinstance(chosen, ModelChosen)
    assert chosen.model == "conductor"
    assert "which writes the plans too" in chosen.reason


async def test_a_plan_written_by_hand_may_ask_for_words_too(attempt: Try) -> None:
    plan = 'gist = summarize("A long text.", sentences=1)\nsay("{gist}")'

    followed = await attempt.run("go", "Short.", plan=plan)

    assert followed.outcome.answer == "Short."
    assert [type(event) for event in followed.of(CommandFinished)] == [CommandFinished]


async def test_what_the_tools_write_counts_as_what_the_planner_writes_does(attempt: Try) -> None:
    plan = 'gist = summarize("A long text.", sentences=1)\nsay("{gist}")'

    followed = await attempt.run("Sum it up", plan, "Short.")

    (spent,) = followed.of(UsageReported)
    assert isinstance(spent, UsageReported)
    assert spent.language_model_calls == 2


async def test_tools_do_not_call_the_language_model_beyond_the_budget(attempt: Try) -> None:
    attempt.budget = Budget(language_model_calls=1)
    plan = 'gist = summarize("A long text.", sentences=1)\nsay("{gist}")'

    followed = await attempt.run("Sum it up", plan, "Short.")

    assert followed.outcome.state == "failed"
    assert "called the language model 1 times already" in followed.outcome.error
