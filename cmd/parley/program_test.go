package main

import (
	"strings"
	"testing"
)

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want string
	}{
		{"", "Usage:"},
		{"app", "Usage:"},
		{"serv", `there is no command "parley serv"; did you mean serve?`},
		{"app delete", `there is no command "parley app delete"`},
		{"webhook sho", "did you mean show?"},
		{"--nonsense", "unknown flag: --nonsense"},
		{"app list --nonsense", "unknown flag: --nonsense"},
		{"app list all", "unknown command"},
		{"app set", "there is nothing to change"},
		{"app set --group-rate many", "invalid argument"},
		{"app set --rest-rate fast", "neither the word documented nor a number"},
		{"app set --head-of-line soon", "is no duration"},
		{"app create --sdkappid 0", "--sdkappid must be a positive number"},
		{"webhook set", "there is nothing to change"},
		{"webhook set --command Group.CallbackBeforeSendMsg", "give at least one of them"},
		{"webhook log 1 --state dead", "an event ID stands alone"},
		{"webhook log --limit 0", "--limit must be a positive number"},
		{"webhook log 1 2", "accepts at most 1 arg"},
		{"webhook replay", "say which events"},
		{"webhook replay --until 1h", "say which events"},
		{"webhook replay 1 --dead", "an event ID stands alone"},
		{"webhook check a b", "accepts at most 1 arg"},
		{"usersig", "--user is missing"},
		{"usersig --user a --expire 0", "--expire must be a positive number"},
		{"usersig --user a --secret 12345678", "--secret needs --sdkappid"},
		{"send hello", "--group is missing"},
		{"send --group g", "accepts 1 arg"},
		{"app list --server 127.0.0.1:1", "needs an admin token"},
		{"serve --listen nonsense", "must be a host and port"},
		{"serve now", "unknown command"},
	}
	for _, test := range tests {
		got := run(t.Context(), nil, strings.Fields(test.args)...)
		if got.code != 2 || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
			t.Errorf("%s: got %+v, want code 2 and %q on standard error only", test.args, got, test.want)
		}
	}
}

func TestWrongUsageNamesTheHelp(t *testing.T) {
	t.Parallel()
	got := run(t.Context(), nil, "app", "set")
	if want := "parley: there is nothing to change; give at least one setting\nSee \"parley app set --help\".\n"; got.stderr != want {
		t.Errorf("got %q, want %q", got.stderr, want)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	missing := "PARLEY_DATA=" + t.TempDir()
	tests := []struct {
		args    string
		environ []string
		want    string
	}{
		{"app list", []string{missing}, "no server has run on the data directory"},
		{"app list --data /nonexistent", nil, "/nonexistent; start one with"},
		{"app list", []string{"PARLEY_SERVER=127.0.0.1:1", "PARLEY_TOKEN=t"}, "the server is not running: nothing listens at http://127.0.0.1:1"},
		{"app list --server http://127.0.0.1:1/ --token t", []string{missing}, "nothing listens at http://127.0.0.1:1;"},
		{"app list --data /nonexistent", []string{"PARLEY_SERVER=127.0.0.1:1", "PARLEY_TOKEN=t"}, "no server has run"},
		{"version --server 127.0.0.1:1 --token t", nil, "nothing listens"},
		{"version --data /nonexistent", nil, "no server has run"},
		{"config check --config /nonexistent", nil, "cannot read the configuration file"},
	}
	for _, test := range tests {
		got := run(t.Context(), test.environ, strings.Fields(test.args)...)
		if got.code != 1 || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
			t.Errorf("%s: got %+v, want code 1 and %q on standard error only", test.args, got, test.want)
		}
	}
}
