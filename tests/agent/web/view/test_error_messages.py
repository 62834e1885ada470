from agent.web.view.error_messages import friendly_error


def test_an_error_is_one_sentence_and_a_way_out_without_a_command_line() -> None:
    told = "the request needs a picture, and none was given\nhint: add it with --file"

    assert friendly_error(told) == (
        "The request needs a picture, and none was given",
        "attach it to your request and ask again",
    )
    assert friendly_error("") == ("", "")
