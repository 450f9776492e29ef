"""What was remembered of a register is answered without opening it."""

from small_project import members

from lnlib.batch.plan.members_cache import MembersCache


def test_a_key_is_known_without_opening_the_register_and_a_name_is_asked_of_it(project, tmp_path):
    opened = []

    def counted(register, *asked):
        opened.append(register)
        return members(register, *asked)

    register, path = str(project.data / "small"), tmp_path / "members.json"
    first = MembersCache(counted, path)
    first(register, "24", {})
    first.keep()
    again = MembersCache(counted, path)(register, "24", {})
    assert (again.resolve("province", "02"), again.resolve("actor", "youth-club")) == ("02", "youth-club")
    assert len(opened) == 1
    assert again.resolve("province", "Battambang") == "02"
    assert len(opened) == 2


def test_other_choices_of_an_edition_ask_the_register_again(project, tmp_path):
    asked = []

    def noted(register, frame, choices):
        asked.append(dict(choices))
        return members(register, frame, choices)

    cache = MembersCache(noted, tmp_path / "members.json")
    for choices in ({"carried": 18}, {"carried": 6}, {"carried": 18}):
        cache(str(project.data / "small"), "24", choices)
        cache.keep()
        cache = MembersCache(noted, tmp_path / "members.json")
    assert asked == [{"carried": 18}, {"carried": 6}]
