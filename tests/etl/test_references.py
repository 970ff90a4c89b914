from __future__ import annotations

from etl.references import plain_person


def test_a_professional_is_known_whatever_the_spelling_of_the_name() -> None:
    assert plain_person(" Zoë  O'Nobody-Smith ") == plain_person("zoe onobodysmith") == "ZOEONOBODYSMITH"
