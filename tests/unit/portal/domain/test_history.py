"""A history names no ticket that its reader may not see, except as parent or child."""

from services.portal.domain.history import Changes, numbers_in_changes, shown_changes

LINKS: Changes = {
    "links": ([], [{"to": "1", "kind": "related"}, {"to": "2", "kind": "duplicate"}]),
    "merged_into": (None, "2"),
    "absorbed": ("4", None),
    "children": ([], ["3"]),
    "state": ("open", "merged"),
}


def test_links_and_merging_name_other_tickets() -> None:
    assert numbers_in_changes(LINKS) == {"1", "2", "4"}
    assert numbers_in_changes({"state": ("new", "open")}) == set()


def test_what_is_not_shown_is_left_out_of_both_sides() -> None:
    assert shown_changes(LINKS, is_shown=lambda number: number == "1") == {
        "links": ([], [{"to": "1", "kind": "related"}]),
        "merged_into": (None, None),
        "absorbed": (None, None),
        "children": ([], ["3"]),
        "state": ("open", "merged"),
    }


def test_what_may_be_seen_stays() -> None:
    assert shown_changes(LINKS, is_shown=lambda _: True) == dict(LINKS)


def test_what_is_kept_of_a_mail_is_no_change_of_the_ticket() -> None:
    changes: Changes = {
        "to": (None, "ente@example.org"),
        "delivery": (None, "a mail"),
        "priority": (3, 4),
    }

    assert shown_changes(changes, is_shown=lambda _: True) == {"priority": (3, 4)}
