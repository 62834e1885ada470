from agent.record import events
from agent.record.events import Event, PlanStep
from agent.web.view.plan_lines import CommandStatus
from agent.web.view.run_view import RunView

STARTED = events.RunStarted("run1", "talk", "Mark it", [], "offline", "scripted", 0)
ACCEPTED = events.PlanAccepted(
    0,
    "cup = detect(image1)\nparts = [crop(image1, b) for b in cup]\n",
    [
        PlanStep("1", "cup", "detect", "detect(image1)", 1),
        PlanStep("2[].0", "parts", "crop", "crop(image1, b)", 2, ["cup"]),
    ],
)


def begun(path: str, tool: str = "detect") -> Event:
    return events.CommandStarted(path, "", tool, f"{tool}()", 1)


def finished(path: str, seconds: float = 1.0, attempt: int = 0) -> Event:
    value = {"artifact": f"digest-{path}", "kind": "image"}
    return events.CommandFinished(attempt, path, "", "t", value, "a picture", seconds, False)


def view_of(*told: Event) -> RunView:
    view = RunView()
    for event in (STARTED, *told):
        view.apply(event)
    return view


def standings(view: RunView) -> list[CommandStatus]:
    return [line.status for line in view.lines()]


def test_a_plan_grows_line_by_line_and_then_stands() -> None:
    view = view_of(events.PlanText("cup = det"), events.PlanText("ect(image1)\nsay("))

    assert view.state == "planning"
    assert view.draft.lines == ["cup = detect(image1)"]
    assert view.draft.growing == "say("

    view.apply(ACCEPTED)
    assert (view.draft.text, view.state) == ("", "running")
    assert standings(view) == [CommandStatus.WAITING, CommandStatus.WAITING]


def test_a_rejected_plan_leaves_its_problems_and_is_written_anew() -> None:
    view = view_of(events.PlanText("bad"), events.PlanRejected("bad", ["1:1: unknown"]))

    assert view.problems == ["1:1: unknown"]
    assert view.draft.text == ""
    view.apply(ACCEPTED)
    assert view.problems == []


def test_a_line_says_when_its_model_loads_whoever_began_to_load_it() -> None:
    view = view_of(
        ACCEPTED,
        events.ModelLoading("detect/x", "cpu", 9),
        begun("1"),
        events.ModelChosen("1", "detect/x", "the best"),
    )
    assert standings(view)[0] is CommandStatus.LOADING

    view.apply(events.ModelLoaded("detect/x", "cpu", 9, 1.0))
    assert standings(view)[0] is CommandStatus.RUNNING


def test_progress_and_preview_are_shown_until_the_result_is_there() -> None:
    view = view_of(ACCEPTED, begun("1"), events.CommandProgress("1", 0.5, "half", "preview1"))
    (line, _) = view.lines()
    assert line.current_call
    assert (line.fraction, line.current_call.message, line.current_call.preview) == (
        0.5,
        "half",
        "preview1",
    )

    view.apply(finished("1"))
    assert line.current_call.preview == ""
    assert view.digests == {"preview1", "digest-1"}


def test_the_items_of_a_list_are_one_line() -> None:
    view = view_of(ACCEPTED, begun("1"), finished("1"), begun("2[0].0"), begun("2[1].0"))
    line = list(view.lines())[1]
    view.apply(finished("2[0].0", 2.0))
    assert line.status is CommandStatus.RUNNING
    assert line.fraction == 0.5

    view.apply(finished("2[1].0", 3.0))
    assert line.status is CommandStatus.FINISHED
    assert line.seconds == 5.0


def test_a_failure_says_what_was_tried_and_what_was_skipped() -> None:
    view = view_of(
        ACCEPTED,
        begun("1"),
        events.CommandRetried("1", "retry", "not yet"),
        events.CommandFailed("1", "cup", "detect(image1)", 1, "it broke\nhint: mend it"),
        events.CommandSkipped("2", "parts", "parts = …", "needs cup, which failed"),
        events.RunFinished("failed", "it broke"),
    )
    first, second = view.lines()

    assert first.current_call
    assert second.current_call
    assert first.current_call.retries == ["not yet (so it was retried)"]
    assert (first.status, second.status) == (CommandStatus.FAILED, CommandStatus.SKIPPED)
    assert second.current_call.message == "needs cup, which failed"


def test_a_second_plan_stands_below_the_first() -> None:
    again = events.PlanAccepted(1, "cup2 = detect(image1)\n", [ACCEPTED.steps[0]])
    view = view_of(ACCEPTED, begun("1"), finished("1"), again, begun("1"))

    assert standings(view) == [CommandStatus.FINISHED, CommandStatus.WAITING, CommandStatus.RUNNING]


def test_a_resumed_plan_keeps_what_is_done() -> None:
    view = view_of(
        ACCEPTED,
        begun("1"),
        finished("1"),
        begun("2[0].0", "crop"),
        events.RunFinished("stopped"),
    )
    assert standings(view) == [CommandStatus.FINISHED, CommandStatus.SKIPPED]

    for event in (events.RunResumed("run1", 1), ACCEPTED, begun("2[0].0", "crop")):
        view.apply(event)
    assert standings(view) == [CommandStatus.FINISHED, CommandStatus.RUNNING]


def test_what_a_command_does_within_itself_stands_below_it() -> None:
    view = view_of(ACCEPTED, begun("1"), begun("1/2", "edges"))
    lines = list(view.lines())

    assert [(line.step.path, line.depth) for line in lines] == [("1", 0), ("1/2", 1), ("2[].0", 0)]


def test_cost_adds_up_over_a_resume() -> None:
    spent = events.UsageReported(1.5, 1, 1, 100, 10)

    view = view_of(spent, events.RunFinished("stopped"), events.RunResumed("run1", 0), spent)

    assert (view.seconds, view.input_tokens, view.output_tokens) == (3.0, 200, 20)


def test_what_a_joint_model_looked_at_is_said() -> None:
    words = "looked at image1 60 % (dog 40 %), words 40 %"
    looked = events.AttentionShown({"image1": 0.6, "words": 0.4}, {"image1": {"dog": 0.4}}, words)

    assert view_of(begun("1", "converse"), finished("1"), looked).attention == words


def test_steps_that_a_named_plan_did_not_need_are_shown_until_the_run_is_done() -> None:
    steps = [PlanStep(f"1/{number}", "", "draw", "draw(prompt)", 1) for number in (1, 2)]
    view = view_of(
        events.PlanAccepted(
            0, 'a = draw_checked("a dog")\nb = c(a)\n', [*steps, PlanStep("2", "b", "c", "c(a)", 2)]
        ),
        begun("1/1", "draw"),
        finished("1/1"),
    )

    assert len(standings(view)) == 3
    view.apply(events.RunFinished("done"))
    assert standings(view) == [CommandStatus.FINISHED, CommandStatus.WAITING]
