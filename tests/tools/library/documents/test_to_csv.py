import csv
import io

import pytest

from tools import Table
from tools.library.documents.to_csv import to_csv


def test_a_table_becomes_lines_with_commas():
    table = Table(("second", "label"), ((0.5, "cup"), (1, "two cups")))

    assert to_csv(table) == "second,label\n0.5,cup\n1,two cups\n"


def test_commas_quotes_and_line_breaks_are_read_back_as_they_were():
    table = Table(("a, b", 'say "hi"'), (("one\ntwo", ""), ("naïve 犬", "x;y")))

    rows = list(csv.reader(io.StringIO(to_csv(table))))

    assert rows == [["a, b", 'say "hi"'], ["one\ntwo", ""], ["naïve 犬", "x;y"]]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1 or more", "'+1 or more"),
        ("-", "'-"),
        ("\t=1", "'\t=1"),
        (-3, "-3"),
        (-0.25, "-0.25"),
        ("-3.50", "-3.50"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5%", "-5%"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_is_taken_for_a_formula_and_numbers_stay_numbers(cell, written):
    ((found,),) = list(csv.reader(io.StringIO(to_csv(Table(("h",), ((cell,),))))))[1:] or [[""]]

    assert found == written


def test_the_names_of_columns_are_no_formulas_either():
    assert to_csv(Table(("=a",), ())) == "'=a\n"


def test_an_empty_table_gives_its_columns():
    assert to_csv(Table(("a", "b"), ())) == "a,b\n"
