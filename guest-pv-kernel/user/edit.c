/* SPDX-License-Identifier: MIT
 * A line editor for any terminal that knows \r and ESC [ K: after each key the line is drawn again
 * and the cursor put back. History is a ring of the last lines. */
#include "edit.h"

#include "user.h"

#define HISTORY 32
#define LINE 256
#define CTRL(c) ((c) & 31)

enum { KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_DELETE, KEY_OTHER };

static char history[HISTORY][LINE];
static unsigned history_count;

struct editor {
    const char *prompt;
    char *text;
    size_t size, length, cursor;
    unsigned shown; /* history entry on the screen; history_count: the new line */
};

static int key_plain(void)
{
    unsigned char c;

    return read(0, &c, 1) == 1 ? c : CTRL('D');
}

/* ESC [ A and friends, ESC O H, ESC [ 3 ~ */
static int key_read(void)
{
    int c = key_plain(), number;

    if (c != 27)
        return c;
    c = key_plain();
    if (c != '[' && c != 'O')
        return KEY_OTHER;
    c = key_plain();
    for (number = 0; c >= '0' && c <= '9'; c = key_plain())
        number = number * 10 + c - '0';
    switch (c) {
    case 'A': return KEY_UP;
    case 'B': return KEY_DOWN;
    case 'C': return KEY_RIGHT;
    case 'D': return KEY_LEFT;
    case 'H': return KEY_HOME;
    case 'F': return KEY_END;
    case '~':
        return number == 3                   ? KEY_DELETE
               : number == 1 || number == 7 ? KEY_HOME
               : number == 4 || number == 8 ? KEY_END
                                             : KEY_OTHER;
    default: return KEY_OTHER;
    }
}

static void draw(const struct editor *e)
{
    size_t back = e->length - e->cursor;

    printf("\r%s%s\033[K", e->prompt, e->text);
    if (back)
        printf("\033[%uD", (unsigned)back);
}

static void show_history(struct editor *e, unsigned which)
{
    unsigned oldest = history_count > HISTORY ? history_count - HISTORY : 0;

    if (which < oldest || which > history_count)
        return;
    e->shown = which;
    string_copy(e->text, which == history_count ? "" : history[which % HISTORY], e->size);
    e->cursor = e->length = strlen(e->text);
    draw(e);
}

static void erase(struct editor *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, e->length - to + 1);
    e->length -= to - from;
    e->cursor = from;
    draw(e);
}

static void insert(struct editor *e, char c)
{
    if (e->length + 1 >= e->size)
        return;
    memmove(e->text + e->cursor + 1, e->text + e->cursor, e->length - e->cursor + 1);
    e->text[e->cursor++] = c;
    e->length++;
    if (e->cursor == e->length)
        write(1, &c, 1); /* at the end a key costs one character, not a line */
    else
        draw(e);
}

static void move(struct editor *e, size_t to)
{
    if (to <= e->length) {
        e->cursor = to;
        draw(e);
    }
}

/* False: the line is finished. */
static bool edit_key(struct editor *e, int key)
{
    switch (key) {
    case '\r':
    case '\n':
        return false;
    case CTRL('C'):
        printf("^C\n");
        e->text[e->length = e->cursor = 0] = 0;
        e->shown = history_count;
        draw(e);
        break;
    case KEY_LEFT: case CTRL('B'): move(e, e->cursor - 1); break;
    case KEY_RIGHT: case CTRL('F'): move(e, e->cursor + 1); break;
    case KEY_HOME: case CTRL('A'): move(e, 0); break;
    case KEY_END: case CTRL('E'): move(e, e->length); break;
    case KEY_UP: case CTRL('P'): show_history(e, e->shown - 1); break;
    case KEY_DOWN: case CTRL('N'): show_history(e, e->shown + 1); break;
    case CTRL('K'): e->text[e->length = e->cursor] = 0; draw(e); break;
    case CTRL('U'): erase(e, 0, e->cursor); break;
    case CTRL('L'): printf("\033[H\033[2J"); draw(e); break;
    case 127:
    case '\b':
        if (e->cursor)
            erase(e, e->cursor - 1, e->cursor);
        break;
    case KEY_DELETE:
    case CTRL('D'):
        if (e->cursor < e->length)
            erase(e, e->cursor, e->cursor + 1);
        break;
    default:
        if (key >= ' ' && key < 127)
            insert(e, (char)key);
    }
    return true;
}

void edit_line(const char *prompt, char *line, size_t size)
{
    struct editor e = {prompt, line, size < LINE ? size : LINE, 0, 0, history_count};

    line[0] = 0;
    printf("%s", prompt);
    while (edit_key(&e, key_read()))
        ;
    printf("\n");
    if (e.length && (!history_count || strcmp(history[(history_count - 1) % HISTORY], line)))
        string_copy(history[history_count++ % HISTORY], line, LINE);
}
