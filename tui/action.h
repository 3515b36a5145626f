/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * action: everything a key, a menu or the command line can ask for, once.
 *
 * The list yields the enum, the name in keys.conf and after ":", the line in the help and the
 * table of the manual. A view takes what it knows; what no view takes, the frame does.
 */
#ifndef TUI_ACTION_H
#define TUI_ACTION_H

#include <stdint.h>

/* _(ENUM, "name", "group in the help", "one line") */
#define ACTION_LIST(_)                                                                             \
	/* the program */                                                                          \
	_(QUIT, "quit", "program", "leave tapdeck")                                                \
	_(HELP, "help", "program", "show every key and run an action from the list")               \
	_(COMMAND, "command", "program", "type a command")                                         \
	_(SUSPEND, "suspend", "program", "stop tapdeck and its capture; fg brings both back")      \
	_(REDRAW, "redraw", "program", "paint the whole screen anew")                              \
	_(MOUSE, "mouse", "program", "switch the mouse off or on")                                 \
	_(THEME, "theme", "program", "take the next theme, or the one named")                      \
	_(HIDE_OWN, "hide-own", "program",                                                         \
	  "hide or show the rows of our own terminal's processes")                                 \
	_(CANCEL, "cancel", "program", "close what is open, stop what runs, clear the count")      \
	/* recording */                                                                            \
	_(RECORD, "record", "recording", "record to a trace.dat; the same ends it")                \
	/* playing */                                                                              \
	_(PLAY, "play", "playing",                                                                 \
	  "play the recording from this row on as it happened; hold it, go on")                    \
	_(STEP, "step", "playing", "play the next row, and hold")                                  \
	_(FASTER, "faster", "playing", "play twice as fast")                                       \
	_(SLOWER, "slower", "playing", "play half as fast")                                        \
	_(PLAY_END, "play-end", "playing", "play no more: all rows at once")                       \
	_(LOAD, "load", "playing", "load the rest of a recording, or stop loading")                \
	/* panes */                                                                                \
	_(NEXT_PANE, "next-pane", "panes", "go to the next pane")                                  \
	_(PREV_PANE, "prev-pane", "panes", "go to the pane before")                                \
	_(TRACERS, "tracers", "panes", "go to the tracers")                                        \
	_(EVENTS, "events", "panes", "go to the events")                                           \
	_(PROCESSES, "processes", "panes", "go to the processes")                                  \
	_(GROUPS, "groups", "panes", "go to the groups")                                           \
	_(COCKPIT, "cockpit", "panes", "all about the process of this row, or PID, in one screen") \
	_(MAXIMIZE, "maximize", "panes", "give this pane the whole screen, and back")              \
	_(GROW, "grow", "panes", "make this pane larger")                                          \
	_(SHRINK, "shrink", "panes", "make this pane smaller")                                     \
	/* moving */                                                                               \
	_(UP, "up", "moving", "one row up")                                                        \
	_(DOWN, "down", "moving", "one row down")                                                  \
	_(LEFT, "left", "moving", "one column left; fold")                                         \
	_(RIGHT, "right", "moving", "one column right; unfold")                                    \
	_(PAGE_UP, "page-up", "moving", "one page up")                                             \
	_(PAGE_DOWN, "page-down", "moving", "one page down")                                       \
	_(HALF_UP, "half-up", "moving", "half a page up")                                          \
	_(HALF_DOWN, "half-down", "moving", "half a page down")                                    \
	_(FIRST, "first", "moving", "to the first row")                                            \
	_(LAST, "last", "moving", "to the last row; follow what comes")                            \
	_(ENTER, "open", "moving", "look into this row: details, a process's cockpit, fields")     \
	_(BACK, "back", "moving", "back out: undo the last narrowing, close the details")          \
	/* finding */                                                                              \
	_(FILTER, "filter", "finding", "type the display filter: which rows the events show")      \
	_(FILTER_CLEAR, "filter-clear", "finding", "take every display filter away")               \
	_(TRAIL, "trail", "finding", "list what narrows the rows; switch, remove, edit each")      \
	_(REMOVE, "remove", "finding", "(lists) take this entry away")                             \
	_(FILTER_SAVE, "filter-save", "finding", "keep the display filter under a name")           \
	_(FILTER_LOAD, "filter-load", "finding", "take a filter that has a name")                  \
	_(CAPTURE, "capture", "finding", "type the capture filter: what is taken at all")          \
	_(PROMOTE, "promote", "finding", "make the display filter the capture filter")             \
	_(EXPLAIN, "explain", "finding", "show what the kernel does of the capture filter")        \
	_(SEARCH, "search", "finding", "search for text; in tracers and help as you type")         \
	_(SEARCH_NEXT, "search-next", "finding", "the next hit")                                   \
	_(SEARCH_PREV, "search-prev", "finding", "the hit before")                                 \
	_(INCLUDE, "include", "finding", "only rows with the value under the cursor")              \
	_(EXCLUDE, "exclude", "finding", "no rows with the value under the cursor")                \
	_(GROUP, "group", "finding", "count rows by what they share: comm, event show p99(len)")   \
	_(VALUES, "values", "finding", "count the values in the column under the cursor")          \
	_(HIGHLIGHT, "highlight", "finding", "highlight the value under the cursor everywhere")    \
	_(GOTO_TIME, "goto-time", "finding",                                                       \
	  "jump to a time: seconds, +/- seconds, HH:MM:SS, 50%")                                   \
	_(NEXT_SAME_PID, "next-same-pid", "finding", "the next row of the same thread")            \
	_(PREV_SAME_PID, "prev-same-pid", "finding", "the row before of the same thread")          \
	_(NEXT_SAME_EVENT, "next-same-event", "finding", "the next row of the same event")         \
	_(PREV_SAME_EVENT, "prev-same-event", "finding", "the row before of the same event")       \
	_(NEXT_LOSS, "next-loss", "finding", "the next place where events were lost")              \
	_(PREV_LOSS, "prev-loss", "finding", "the place before where events were lost")            \
	/* numbers */                                                                              \
	_(HISTOGRAM, "histogram", "numbers",                                                       \
	  "a histogram of the number under the cursor, or of FIELD")                               \
	_(HEAT_MAP, "heat-map", "numbers", "a heat map of it: how often which size came when")     \
	_(ZOOM_IN, "zoom-in", "numbers", "look closer: at what is selected, or at the cursor")     \
	_(ZOOM_OUT, "zoom-out", "numbers", "look from further away")                               \
	_(SELECT, "select", "numbers", "begin to select an area, or end it")                       \
	/* events */                                                                               \
	_(PAUSE, "pause", "events", "hold the view still; the capture goes on")                    \
	_(BOOKMARK, "bookmark", "events", "set or take away a bookmark")                           \
	_(NEXT_BOOKMARK, "next-bookmark", "events", "to the next bookmark")                        \
	_(PREV_BOOKMARK, "prev-bookmark", "events", "to the bookmark before")                      \
	_(MARK_A, "mark-a", "events", "set marker A here")                                         \
	_(MARK_B, "mark-b", "events", "set marker B here; time and events between are shown")      \
	_(TIME_FORMAT, "time-format", "events",                                                    \
	  "times absolute, relative, since the row before, wall")                                  \
	_(SYSCALLS, "syscalls", "events", "system calls readable, or as the kernel prints them")   \
	_(FOLD_PAIRS, "fold-pairs", "events", "hide or show the rows of starts and ends of pairs") \
	_(PAIR_START, "pair-start", "events", "to the start of the pair of this row")              \
	_(PAIR_END, "pair-end", "events", "to the end of the pair of this row")                    \
	_(COLUMNS, "columns", "events", "choose and order the columns")                            \
	_(WIDER, "wider", "events", "make the column under the cursor wider")                      \
	_(NARROWER, "narrower", "events", "make the column under the cursor narrower")             \
	_(YANK_ROW, "yank-row", "events", "copy the row to the clipboard")                         \
	_(YANK_CELL, "yank-cell", "events", "copy the value under the cursor")                     \
	_(YANK_FILTER, "yank-filter", "events", "copy the filter")                                 \
	_(WRITE, "write", "events", "write the rows shown to a file: .txt, .csv or .json")         \
	/* tracers */                                                                              \
	_(TOGGLE, "toggle", "tracers", "switch the tracer, or the whole system, on or off")        \
	_(ONLY_ON, "only-on", "tracers", "show only what is on, or everything again")              \
	_(NOISIEST_OFF, "noisiest-off", "tracers", "switch the tracer with the most events off")   \
	_(PAIR, "pair", "tracers", "define a latency pair: NAME: START -> END by KEY")             \
	_(ALL_OFF, "all-off", "tracers", "switch every tracer off")                                \
	_(OPTION, "option", "tracers", "set an option of the tracer: threshold=10ms")              \
	_(TABLE, "table", "tracers", "show the table of a tracer that counts in the kernel")       \
	_(DETAIL, "details", "tracers", "all about this tracer: state, options, fields, cost")     \
	_(LOG, "log", "tracers", "show all that was said when the tracer failed")                  \
	/* processes */                                                                            \
	_(SORT, "sort", "processes", "sort by the column under the cursor")                        \
	_(REVERSE, "reverse", "processes", "sort the other way round")                             \
	_(THREADS, "threads", "processes", "show threads, or only processes")                      \
	_(TREE, "tree", "processes", "show parents and children as a tree")                        \
	_(FOLD, "fold", "processes", "fold what is below this process in the tree; all, none")     \
	_(GONE, "gone", "processes", "hide or show processes that ended")                          \
	_(ITS_EVENTS, "its-events", "processes", "go to the events of this process")               \
	/* cockpit */                                                                              \
	_(ADD_TRACERS, "add-tracers", "cockpit",                                                   \
	  "switch on what its sections lack, having said what it costs")

enum action {
	ACT_NONE,
#define ACTION_ENUM(id, name, group, help) ACT_##id,
	ACTION_LIST(ACTION_ENUM)
#undef ACTION_ENUM
	    ACT_COUNT
};

struct action_info {
	const char *name, *group, *help;
};

/* By enum; [ACT_NONE] is empty. */
extern const struct action_info actions[ACT_COUNT];

/* The action of a name, ACT_NONE when there is none. */
enum action action_find(const char *name);

/* What comes with an action. */
struct act_arg {
	unsigned count;	  /* typed before it; 0: none */
	const char *text; /* from the command line: ":write FILE"; NULL: from a key */
	int y, x;	  /* of a mouse click in the view's area; -1: no click */
};

#endif
