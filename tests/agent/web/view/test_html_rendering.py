from agent.web.view.html_rendering import format_seconds, render_turns
from tests.agent.web.conftest import House

HOSTILE = '<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) "quoted"'
ESCAPED = "&lt;img src=x onerror=alert(1)&gt; **bold** [x](javascript:alert(1)) &#34;quoted&#34;"


async def html_of(house: House, plan: str, request: str = "hello") -> str:
    ann = house.visitor()
    await house.ask(ann, "hello")
    await house.chat.run_again(ann, ann.conversation.runs[0], plan=plan, request=request)
    await house.until(ann, "done", "failed")
    (block,) = render_turns(await house.chat.turns(ann))
    return block["html"]


async def test_nothing_that_people_models_and_tools_write_becomes_markup(house: House) -> None:
    written = HOSTILE.replace('"', '\\"')

    html = await html_of(house, f'a = echo("{written}", ms=1)\nsay("{{a}}")', HOSTILE)

    assert "<img src=x" not in html
    assert html.count(ESCAPED) >= 4


async def test_an_answer_has_its_pictures_where_it_speaks_of_them(house: House) -> None:
    html = await html_of(house, 'red = paint(9, ms=1)\nsay("Look: {red} Nice?")')

    answer = html.partition('aria-label="Answer"')[2]
    places = [answer.index(piece) for piece in ("Look:", "<img ", "Nice?")]
    assert places == sorted(places)
    assert 'alt="Make a picture of one colour (number: 9, ms: 1)"' in answer


async def test_a_table_of_an_answer_is_a_table_of_the_page(house: House) -> None:
    cells = "| Item | Price |\\n| ---- | ----- |\\n| <b>Tea</b> | 3 |"

    html = await html_of(house, f'a = echo("x", ms=1)\nsay("Read:\\n\\n{cells}\\n\\n{{a}}")')

    answer = html.partition('aria-label="Answer"')[2]
    assert "<p>Read:</p>" in answer
    assert '<th scope="col">Price</th>' in answer
    assert "<td>&lt;b&gt;Tea&lt;/b&gt;</td><td>3</td>" in answer


async def test_no_lone_comma_stands_between_two_pictures(house: House) -> None:
    html = await html_of(house, 'red = [paint(n, ms=1) for n in [1, 2]]\nsay("Look: {red}.")')

    answer = html.partition('aria-label="Answer"')[2]
    assert answer.count("<img ") == 2
    assert "<p>,</p>" not in answer


async def test_a_failure_is_told_in_words_with_what_helps(house: House) -> None:
    html = await html_of(house, 'bad = crash("no")\nsay("{bad}")')

    answer = html.partition('aria-label="Answer"')[2]
    assert "this did not work. Crash failed: ZeroDivisionError: no" in answer
    assert "Hint: the log has the details" in answer
    assert "Traceback" not in html


async def test_other_models_and_seeds_are_offered_where_there_are_any(house: House) -> None:
    seeded = await html_of(house, 'lot = draw_lots()\nsay("{lot}")')
    plain = await html_of(house, 'a = echo("x", ms=1)\nsay("{a}")')

    assert 'data-do="reseed"' in seeded
    assert 'data-do="reseed"' not in plain


async def test_what_comes_out_the_same_is_not_offered_to_be_tried_again(house: House) -> None:
    html = await html_of(house, 'a = echo("x", ms=1)\nb = throw_dice(1)\nsay("{a} {b}")')

    assert html.count('data-do="leave_out"') == 2
    assert html.count('data-do="retry"') == 1
    assert 'data-do="retry"' in await html_of(house, 'bad = crash("no")\nsay("{bad}")')


def test_seconds_read_well() -> None:
    assert [format_seconds(each) for each in (0.04, 9.96, 12.3, 300)] == [
        "0.0 s",
        "10.0 s",
        "12 s",
        "5 min",
    ]


async def test_an_answer_without_words_is_said_to_have_none(house: House) -> None:
    html = await html_of(house, 'a = echo("", ms=1)\nsay("{a}")')

    answer = html.partition('aria-label="Answer"')[2]
    assert '<p class="b-quiet">The result has no words.</p>' in answer
