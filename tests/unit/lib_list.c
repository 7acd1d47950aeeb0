/* SPDX-License-Identifier: MIT */
/* The list keeps order through every kind of insertion and removal. */
#include "unit.h"
#include "lib/list.h"

struct item {
    int value;
    struct list link;
};

static struct list head = LIST_INIT(head);

static void expect(const char *text)
{
    char got[32] = "";
    struct item *i;

    list_for_each(i, &head, link) {
        size_t len = strlen(got);

        got[len] = (char)('0' + i->value);
        assert_ptr_equal(i->link.next->prev, &i->link);
    }
    assert_string_equal(got, text);
}

static void order(void **state)
{
    struct item items[6], *i, *after;
    struct list other;

    (void)state;
    for (int n = 0; n < 6; n++) {
        items[n].value = n;
        list_init(&items[n].link);
    }
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_first(&head, struct item, link));
    assert_null(list_pop(&head));
    list_add_tail(&head, &items[1].link);
    list_add_tail(&head, &items[2].link);
    list_add(&head, &items[0].link);
    expect("012");
    list_add_tail(&items[2].link, &items[5].link);
    expect("0152");
    assert_ptr_equal(list_first(&head, struct item, link), &items[0]);
    list_del(&items[5].link);
    assert_false(list_linked(&items[5].link));
    list_del(&items[5].link);
    expect("012");

    list_init(&other);
    list_add_tail(&other, &items[3].link);
    list_add_tail(&other, &items[4].link);
    list_splice_tail(&head, &other);
    assert_true(list_empty(&other));
    list_splice_tail(&head, &other);
    expect("01234");

    list_for_each_safe(i, after, &head, link)
        if (i->value % 2)
            list_del(&i->link);
    expect("024");
    assert_ptr_equal(list_entry(list_pop(&head), struct item, link), &items[0]);
    expect("24");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(order) };

    return cmocka_run_group_tests_name("lib_list", tests, NULL, NULL);
}
