/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main: composition only. Which command, its options, its exit status.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_BPF
#include "bpf/loader.h"
#endif
#include "cli/cli.h"
#include "cli/opts.h"
#include "core/guard.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/tep_helper.h"

/* In the order of --help. To add a command: its file, its line here, its line in meson.build. */
static const struct command *const commands[] = {
	&cmd_stream, &cmd_record, &cmd_report, &cmd_summary, &cmd_cut,	   &cmd_convert,
	&cmd_top,    &cmd_list,	  &cmd_filter, &cmd_doctor,  &cmd_cleanup,
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int print_help(const struct command *cmd)
{
	struct strbuf b = { 0 };
	int rc;

	if (cmd) {
		strbuf_fmt(&b, "Usage: tapdeck %s %s\n\n%s\n\nOptions:\n", cmd->name, cmd->args,
			   cmd->help);
		opts_help(cmd, &b);
	} else {
		strbuf_str(
		    &b, "Usage: tapdeck [COMMAND] [OPTION]...\n"
			"       tapdeck FILE...\n\n"
			"The tape deck for the Linux kernel: shows live what a machine can tell "
			"about itself.\nWithout a command it opens the dashboard, with FILE on a "
			"recording; into a pipe it streams.\n\nCommands:\n");
		for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
			strbuf_fmt(&b, "  %-10s %s\n", commands[i]->name, commands[i]->blurb);
		strbuf_str(&b, "\n'tapdeck COMMAND --help' says more; so does tapdeck(1).\n\n"
			       "Options without a command:\n");
		opts_help(&cmd_dash, &b);
	}
	rc = cli_out(b.s, b.len);
	strbuf_done(&b);
	return cli_status(rc);
}

static const char *command_name(size_t i, void *data)
{
	(void)data;
	return commands[i]->name;
}

/*
 * The command a line begins with. Options alone and files mean the dashboard; a word that is
 * neither a command nor a file is a mistake.
 */
static const struct command *choose(int argc, char **argv, int *skip, struct err *e)
{
	const struct command *cmd = argc > 1 ? find_command(argv[1]) : NULL;
	const char *nearest;

	*skip = cmd ? 1 : 0;
	if (cmd)
		return cmd;
	if (argc < 2 || argv[1][0] == '-' || access(argv[1], F_OK) == 0)
		return &cmd_dash;
	nearest = util_nearest(argv[1], command_name, ARRAY_SIZE(commands), NULL);
	if (nearest)
		err_set(e, -1, "'%s' is neither a command nor a file; did you mean '%s'?", argv[1],
			nearest);
	else
		err_set(e, -1, "'%s' is neither a command nor a file; see 'tapdeck --help'",
			argv[1]);
	return NULL;
}

static int run(const struct command *cmd, bool named, struct opts *o)
{
	struct err e = ERR_INIT;

	if (o->version) {
		static const char text[] = "tapdeck " TAPDECK_VERSION "\n";

		return cli_status(cli_out(text, sizeof(text) - 1));
	}
	if (o->help)
		return print_help(named ? cmd : NULL);
	if (opts_read_conf(o, &e) < 0) {
		cli_error(&e);
		return CLI_USAGE;
	}
	return cmd->run(o);
}

/*
 * Whoever started us may have closed standard descriptors. What we open must not take their place:
 * rows would be written into a control file. Opened the wrong way round, they fail when used.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	const struct command *cmd;
	struct err e = ERR_INIT;
	struct opts o;
	int skip, rc;

	hold_standard_descriptors();
	host_begin();
	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], TEP_HELPER_ARG))
		return tep_helper_main();
#ifdef HAVE_BPF
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
#endif
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like any other */
	cmd = choose(argc, argv, &skip, &e);
	if (!cmd) {
		cli_error(&e);
		return CLI_USAGE;
	}
	if (opts_parse(&o, cmd, argc - skip, argv + skip, &e) < 0) {
		cli_error(&e);
		cli_say("see 'tapdeck%s%s --help'", skip ? " " : "", skip ? cmd->name : "");
		opts_done(&o);
		return CLI_USAGE;
	}
	rc = run(cmd, skip, &o);
	opts_done(&o);
	return rc;
}
