/* SPDX-License-Identifier: MIT */
/* The list keeps order through every kind of insertion and removal. */
#include "unit.h"
#include "lib/list.h"

struct item {
    int value;
    struct list link;
};

static struct list head;

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
    struct item items[6];

    (void)state;
    for (int n = 0; n < 6; n++) {
        items[n].value = n;
        list_init(&items[n].link);
    }
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_first(&head, struct item, link));
    for (int n = 0; n < 3; n++)
        list_add_tail(&head, &items[n].link);
    expect("012");
    list_add_tail(&items[2].link, &items[5].link);
    expect("0152");
    assert_ptr_equal(list_first(&head, struct item, link), &items[0]);
    list_del(&items[5].link);
    assert_false(list_linked(&items[5].link));
    list_del(&items[5].link);
    expect("012");

    list_del(&items[0].link);
    expect("12");
    list_add_tail(&head, &items[0].link);
    expect("120");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(order) };

    return cmocka_run_group_tests_name("lib_list", tests, NULL, NULL);
}
