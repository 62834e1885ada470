from agent.web.view.error_messages import friendly_error, page_text
from tools.errors import InputError


def test_an_error_is_one_sentence_and_a_way_out_without_a_command_line() -> None:
    error = InputError(
        "the request needs a picture, and none was given",
        hint="add it with --file",
        page_hint="attach it to your request and ask again",
    )
    message = "The request needs a picture, and none was given"

    assert friendly_error(str(error)) == (message, "add it with --file")
    assert friendly_error(str(error), error.page_hint) == (message, error.page_hint)
    assert friendly_error(page_text(error)) == (message, error.page_hint)
    assert friendly_error("") == ("", "")


def test_an_error_with_one_hint_has_it_on_the_page_too() -> None:
    assert page_text(InputError("no", hint="try again")) == "no\nhint: try again"
    assert page_text(InputError("no")) == "no"
