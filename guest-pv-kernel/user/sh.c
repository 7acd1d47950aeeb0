/* SPDX-License-Identifier: MIT
 * The shell, and init. `a | b`, `a; b`, `a &`, quotes; $? is the last status. The kernel command
 * line's run=COMMANDS is done without a prompt, and then the domain is powered off: + stands for a
 * space. */
#include "user.h"

#include "edit.h"

#define WORDS 32

static int last_status;

enum token { TOKEN_WORD, TOKEN_PIPE, TOKEN_AND, TOKEN_SEMICOLON, TOKEN_END };

struct command {
    char *argv[WORDS];
    int argc;
};

/* Takes one token off *at; a word is copied to *out and terminated there. */
static enum token token_next(const char **at, char **out)
{
    const char *s = *at;
    char *o = *out;
    bool quoted = false;

    while (*s == ' ' || *s == '\t')
        s++;
    *at = s + 1;
    if (*s == '|')
        return TOKEN_PIPE;
    if (*s == '&')
        return TOKEN_AND;
    if (*s == ';')
        return TOKEN_SEMICOLON;
    if (!*s || *s == '#') {
        *at = s + strlen(s);
        return TOKEN_END;
    }
    for (char quote = 0; *s && (quote || !strchr(" \t|&;", *s)); s++) {
        if (!quote && (*s == '"' || *s == '\'')) {
            quote = *s;
            quoted = true;
        } else if (quote && *s == quote) {
            quote = 0;
        } else if (*s == '$' && s[1] == '?' && quote != '\'') {
            o += format_buffer(o, 12, "%d", last_status);
            s++;
        } else {
            *o++ = *s;
        }
    }
    (void)quoted;
    *o++ = 0;
    *out = o;
    *at = s;
    return TOKEN_WORD;
}

static int run_builtin(struct command *c)
{
    if (!strcmp(c->argv[0], "exit"))
        print_to(2, "this is init: try poweroff\n");
    else if (!strcmp(c->argv[0], "help"))
        printf("programs are the files that ls shows; a | b, a; b, a &, $?, quotes\n"
               "keys: arrows, home, end, ctrl-a e k u l, history by up and down, ctrl-c\n"
               "try: ps, mem, evtchn, uptime, fault, selftest, sensitive, poweroff\n");
    else
        return -1;
    return 0;
}

static int start(struct command *c, int in, int out, int group, int spare)
{
    int pid = fork();

    if (pid) {
        if (pid > 0)
            CALL(group, pid, group ? group : pid, 0);
        return pid;
    }
    pid = getpid();
    CALL(group, pid, group ? group : pid, 0);
    if (in != 0) {
        dup_to(in, 0);
        close(in);
    }
    if (out != 1) {
        dup_to(out, 1);
        close(out);
    }
    if (spare >= 0)
        close(spare);
    in = exec(c->argv[0], c->argv);
    print_to(2, "%s: %s\n", c->argv[0], in == -E_NOENT ? "no such program" : error_text(in));
    exit(127);
}

/* Runs the commands of one pipeline; waits for them unless in the background. */
static void run_pipeline(struct command *commands, int count, bool background)
{
    int pids[8], started = 0, in = 0, group = 0;

    if (count == 1 && !run_builtin(&commands[0])) {
        last_status = 0;
        return;
    }
    for (int i = 0; i < count; i++) {
        int ends[2] = {-1, 1}, pid;

        if (i + 1 < count && pipe(ends) < 0) {
            print_to(2, "sh: no pipe\n");
            break;
        }
        pid = start(&commands[i], in, ends[1], group, ends[0]);
        if (in != 0)
            close(in);
        if (ends[1] != 1)
            close(ends[1]);
        in = ends[0];
        if (pid < 0) {
            print_to(2, "sh: cannot fork: %s\n", error_text(pid));
            last_status = 126;
            break;
        }
        group = group ? group : pid;
        pids[started++] = pid;
    }
    if (in > 0)
        close(in);
    if (background) {
        if (started)
            printf("[%d]\n", group);
        return;
    }
    CALL(foreground, group, 0, 0);
    for (int i = 0; i < started; i++)
        wait(pids[i], &last_status);
    CALL(foreground, 0, 0, 0);
}

static void run_line(const char *line)
{
    static struct command commands[8];
    static char words[1024];
    char *out = words;
    int count = 0;
    enum token t;

    if (strlen(line) > sizeof(words) / 2)
        return;
    memset(commands, 0, sizeof(commands));
    do {
        char *word = out;
        struct command *c = &commands[count];

        t = token_next(&line, &out);
        if (t == TOKEN_WORD) {
            if (c->argc < WORDS - 1)
                c->argv[c->argc++] = word;
            continue;
        }
        if (t == TOKEN_PIPE && c->argc && count < 7) {
            count++;
            continue;
        }
        if (c->argc)
            run_pipeline(commands, count + 1, t == TOKEN_AND);
        else if (count || t == TOKEN_PIPE)
            print_to(2, "sh: a command is missing\n");
        memset(commands, 0, sizeof(commands));
        count = 0;
        out = words;
    } while (t != TOKEN_END);
}

static void reap_background(bool tell)
{
    int pid, status;

    while ((pid = wait_noblock(&status)) > 0)
        if (tell)
            printf("[%d] done, status %d\n", pid, status);
}

/* run= up to a space, or in quotes; + is a space in either. */
static bool find_run(const char *line, char *to, size_t size)
{
    const char *s = line;
    char end = ' ';
    size_t n = 0;

    while ((s = strstr(s, "run=")) && s != line && s[-1] != ' ')
        s += 4;
    if (!s)
        return false;
    s += 4;
    if (*s == '"' || *s == '\'')
        end = *s++;
    for (; *s && *s != end && n + 1 < size; s++)
        to[n++] = *s == '+' ? ' ' : *s;
    to[n] = 0;
    return true;
}

int main(int argc, char **argv)
{
    static struct system_info info;
    static char line[512];

    if (argc > 2 && !strcmp(argv[1], "-c")) {
        run_line(argv[2]);
        return last_status;
    }
    CALL(system, &info, 0, 0);
    if (getpid() == 1 && find_run(info.command_line, line, sizeof(line))) {
        run_line(line);
        printf("run: status %d\n", last_status);
        CALL(power, POWER_OFF, 0, 0);
    }
    printf("\nType help. Ctrl-A x leaves QEMU.\n");
    for (;;) {
        reap_background(true);
        terminal(TERMINAL_RAW);
        edit_line("paravane# ", line, sizeof(line));
        terminal(TERMINAL_LINES);
        run_line(line);
    }
}
