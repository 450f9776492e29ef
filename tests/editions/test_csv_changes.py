from hypothesis import given, settings
from hypothesis import strategies as st

from lnlib.editions.csv_changes import CellChange, DataChange, compare_data

OLD = "date,stage,count,share\n2011,low,1,0.25\n2011,high,3,0.75\n2012,low,2,0.5\n2012,high,2,0.5\n"


def test_a_cell_is_told_by_what_identifies_its_row():
    found = compare_data(OLD, OLD.replace("2012,low,2,0.5", "2012,low,6,0.75"))
    assert found.key == ("date", "stage")
    assert found.cells == (
        CellChange(("2012", "low"), "count", "2", "6"),
        CellChange(("2012", "low"), "share", "0.5", "0.75"),
    )
    assert (found.rows_gone, found.rows_added) == ((), ())


def test_rows_that_came_and_went_are_told_whole():
    found = compare_data(OLD, OLD.replace("2011,low,1,0.25\n", "") + "2013,low,1,1.0\n")
    assert found.rows_gone == (("2011", "low", "1", "0.25"),)
    assert found.rows_added == (("2013", "low", "1", "1.0"),)
    assert found.cells == ()


def test_the_order_of_rows_is_not_a_change_of_cells():
    lines = OLD.splitlines()
    found = compare_data(OLD, "\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert found.only_order


def test_columns_that_came_and_went_are_named():
    found = compare_data("unit,n,old\n1,2,3\n2,2,3\n", "new,unit,n\n9,1,2\n9,2,2\n")
    assert (found.columns_gone, found.columns_added, found.cells) == (("old",), ("new",), ())


def test_a_key_that_changed_in_one_row_alone_is_a_changed_cell():
    old = "unit,stage,n\n02,low,1\n02,high,2\n03,low,4\n"
    found = compare_data(old, old.replace("03,low", "03,high"))
    assert found.cells == (CellChange(("03", "low"), "stage", "low", "high"),)


def test_rows_without_a_key_are_counted_not_matched():
    found = compare_data("label,n\na,1\na,1\nb,2\n", "label,n\na,1\nb,2\nb,3\n")
    assert found == DataChange((), (), ("label", "n"), (("a", "1"),), (("b", "3"),))


def test_fractions_are_measures_never_keys():
    found = compare_data("share,n\n0.25,1\n0.5,1\n", "share,n\n0.25,1\n0.75,1\n")
    assert (found.key, found.rows_gone, found.rows_added) == ((), (("0.5", "1"),), (("0.75", "1"),))


def test_an_empty_table_and_lines_inside_cells_are_read():
    assert compare_data("a,b\n", "a,b\n1,2\n").rows_added == (("1", "2"),)
    assert compare_data("", "").only_order
    found = compare_data('k,text\n1,"two\nlines"\n', 'k,text\n1,"two\nmore, lines"\n')
    assert found.cells == (CellChange(("1",), "text", "two\nlines", "two\nmore, lines"),)


CELL = st.sampled_from(["a", "b", "1", "2", "0.5", ""])
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=6)


def written(rows):
    return "x,y,z\n" + "".join(",".join(row) + "\n" for row in rows if any(row))


@given(old=ROWS, new=ROWS)
@settings(max_examples=100, deadline=None)
def test_it_says_no_change_exactly_where_the_same_rows_stand(old, new):
    found = compare_data(written(old), written(new))
    same = sorted(row for row in old if any(row)) == sorted(row for row in new if any(row))
    assert found.only_order == same
