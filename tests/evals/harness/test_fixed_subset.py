"""A subset is fixed by its seed, whatever the order of the file."""

from evals.harness.fixed_subset import choose_subset, shuffle_by_hash


def test_the_subset_depends_on_keys_and_seed_alone() -> None:
    items = [str(number) for number in range(1000)]

    first = choose_subset(items, 100, str, seed=0)

    assert first == choose_subset(items[::-1], 100, str, seed=0)
    assert first == choose_subset(items, 200, str, seed=0)[:100]
    assert first[:3] == ["392", "942", "404"]
    assert len(set(first) & set(choose_subset(items, 100, str, seed=1))) < 30
    assert choose_subset(items, 0, str) == items
    assert sorted(shuffle_by_hash(items, str)) == sorted(items)
