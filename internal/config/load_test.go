package config

import (
	"flag"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", name, diff)
	}
}

// parsed returns flags that were given args.
func parsed(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("parley", pflag.ContinueOnError)
	Register(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return flags
}

// written returns the path of a file with the given text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "bad_*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("bad files: %v, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(nil, []string{"PARLEY_CONFIG=" + filepath.ToSlash(file)})
			if err == nil {
				t.Fatal("loaded")
			}
			if diff := cmp.Diff(c, Config{}, cmp.Comparer(samePrefix)); diff != "" {
				t.Errorf("config beside the error (-got +want):\n%s", diff)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("a secret shows in %q", err)
			}
			golden(t, name+".golden", err.Error()+"\n")
		})
	}
}

func samePrefix(a, b netip.Prefix) bool { return a == b }

func TestLoadReportsAllSources(t *testing.T) {
	t.Parallel()
	flags := parsed(t, "--listen=nowhere", "--max-body=huge", "--admin-token=sesame", "--trusted-proxies=a", "--trusted-proxies=b")
	_, err := Load(flags, []string{
		"PARLEY_CONFIG=testdata/bad_everything.toml",
		"PARLEY_LOG_LEVEL=loud",
		"PARLEY_LISTN=127.0.0.1:1",
		"PARLEY_DEV=maybe",
		"PARLEY_BOOTSTRAP_SECRET= sesame",
		"PARLEY_COLOUR=8080",
		"HOME=/",
	})
	if err == nil {
		t.Fatal("loaded")
	}
	golden(t, "all_sources.golden", err.Error()+"\n")
}

func TestLoadMissingFile(t *testing.T) {
	t.Parallel()
	_, err := Load(parsed(t, "--config=testdata/none.toml"), nil)
	want := "testdata/none.toml: cannot read the configuration file: no such file or directory"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestLoadHugeFile(t *testing.T) {
	t.Parallel()
	path := written(t, strings.Repeat("#\n", maxFile/2+1))
	_, err := Load(parsed(t, "--config="+path), nil)
	want := path + ": cannot read the configuration file: it is larger than 1MiB"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestLoadPrecedence(t *testing.T) {
	t.Parallel()
	const file = `listen = "127.0.0.1:1"`
	tests := []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"nothing given", nil, nil, "127.0.0.1:8080"},
		{"file", []string{"--config=FILE"}, nil, "127.0.0.1:1"},
		{"file from the environment", nil, []string{"PARLEY_CONFIG=FILE"}, "127.0.0.1:1"},
		{"file flag over file from the environment", []string{"--config=FILE"}, []string{"PARLEY_CONFIG=/none"}, "127.0.0.1:1"},
		{"empty file flag means no file", []string{"--config="}, []string{"PARLEY_CONFIG=FILE"}, "127.0.0.1:8080"},
		{"environment over file", []string{"--config=FILE"}, []string{"PARLEY_LISTEN=127.0.0.1:2"}, "127.0.0.1:2"},
		{"empty variable counts as not set", []string{"--config=FILE"}, []string{"PARLEY_LISTEN="}, "127.0.0.1:1"},
		{"flag over environment", []string{"--config=FILE", "--listen=127.0.0.1:3"}, []string{"PARLEY_LISTEN=127.0.0.1:2"}, "127.0.0.1:3"},
		{"flag with the default's text over environment", []string{"--listen=127.0.0.1:8080"}, []string{"PARLEY_LISTEN=127.0.0.1:2"}, "127.0.0.1:8080"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := written(t, file)
			for i := range test.args {
				test.args[i] = strings.ReplaceAll(test.args[i], "FILE", path)
			}
			for i := range test.env {
				test.env[i] = strings.ReplaceAll(test.env[i], "FILE", path)
			}
			c, err := Load(parsed(t, test.args...), test.env)
			if err != nil {
				t.Fatal(err)
			}
			if c.Listen != test.want {
				t.Errorf("got %s, want %s", c.Listen, test.want)
			}
		})
	}
}

func TestLoadForeignVariables(t *testing.T) {
	t.Parallel()
	_, err := Load(nil, []string{
		"PARLEY_SERVER=http://127.0.0.1:8080",
		"PARLEY_TOKEN=t",
		"PARLEY_DATA=/tmp/parley",
		"PARLEYX=1",
		"PARLEY_UNUSED=",
		"PARLEY_PORT=tcp://10.0.0.1:80",
		"PARLEY_SERVICE_HOST=10.0.0.1",
		"PARLEY_SERVICE_PORT=80",
		"PARLEY_SERVICE_PORT_HTTP=80",
		"PARLEY_PORT_80_TCP=tcp://10.0.0.1:80",
		"PARLEY_PORT_80_TCP_ADDR=10.0.0.1",
		"PARLEY_WEB_PORT_80_TCP_PROTO=tcp",
		"PARLEY_WEB_SERVICE_HOST=10.0.0.1",
	})
	if err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

// TestLoadEverySetting gives each setting a value that is not its default, in
// each of the three ways.
func TestLoadEverySetting(t *testing.T) {
	t.Parallel()
	want := Config{
		Listen: "[::1]:0", TLSListen: "[::1]:8443", TLSCertFile: "cert.pem", TLSKeyFile: "key.pem", Data: "/srv/parley", Store: "postgres://u:p@db/parley", Cluster: "nats://u:p@nats:4222", Dev: true, LogLevel: slog.LevelWarn, LogFormat: LogJSON,
		ShutdownTimeout: 2 * time.Second, BootstrapSDKAppID: 1400000009, BootstrapSecret: "key",
		BootstrapAdmin: "root", AdminToken: "0123456789abcdef", Inbox: InboxOff,
		WebhookPrivateAddresses: AddressesDeny, WebhookConcurrency: 3, WebhookCAFile: "testdata/ca.pem",
		MaxBody: 2 << 20, MaxConnections: 7, ClientRate: 5, MaxClientsPerAddress: 6, MaxClientsPerApp: 8, ReadTimeout: time.Minute, IdleTimeout: 90 * time.Second,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")},
		SQLiteCacheKiB: 2048,
	}
	texts := map[string]string{
		"listen": "[::1]:0", "tls_listen": "[::1]:8443", "tls_cert_file": "cert.pem", "tls_key_file": "key.pem", "data": "/srv/parley", "store": "postgres://u:p@db/parley", "cluster": "nats://u:p@nats:4222", "dev": "true", "log_level": "WARN", "log_format": "json",
		"shutdown_timeout": "2s", "bootstrap_sdkappid": "1400000009", "bootstrap_secret": "key",
		"bootstrap_admin": "root", "admin_token": "0123456789abcdef", "inbox": "off",
		"webhook_private_addresses": "deny", "webhook_concurrency": "3", "webhook_ca_file": "testdata/ca.pem",
		"max_body": "2 MiB", "max_connections": "7", "client_rate": "5", "max_clients_per_address": "6", "max_clients_per_app": "8", "read_timeout": "60s", "idle_timeout": "90s",
		"trusted_proxies": "10.0.0.0/8, 2001:db8::1,", "sqlite_cache_kib": "2048",
	}

	var args, env []string
	var file strings.Builder
	for _, s := range settings {
		text, ok := texts[s.name]
		if ok == s.outside {
			t.Errorf("%s: in the table of this test: %t", s.name, ok)
			continue
		}
		if s.outside {
			continue
		}
		args = append(args, "--"+s.flag()+"="+text)
		env = append(env, s.env()+"="+text)
		file.WriteString(s.name + " = " + s.form.literal(text) + "\n")
	}
	path := written(t, file.String())

	for name, load := range map[string]func() (Config, error){
		"flags":       func() (Config, error) { return Load(parsed(t, args...), nil) },
		"environment": func() (Config, error) { return Load(nil, env) },
		"file":        func() (Config, error) { return Load(parsed(t, "--config="+path), nil) },
	} {
		got, err := load()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, file.String())
			continue
		}
		got.File = ""
		if diff := cmp.Diff(got, want, cmp.Comparer(samePrefix), revealed); diff != "" {
			t.Errorf("%s (-got +want):\n%s", name, diff)
		}
	}
}

// revealed shows secrets in differences.
var revealed = cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })

func TestLoadDevLogsAtDebug(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  []string
		want slog.Level
	}{
		{"not dev", nil, slog.LevelInfo},
		{"dev", []string{"PARLEY_DEV=1"}, slog.LevelDebug},
		{"dev with a level", []string{"PARLEY_DEV=1", "PARLEY_LOG_LEVEL=info"}, slog.LevelInfo},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(nil, test.env)
			if err != nil {
				t.Fatal(err)
			}
			if c.LogLevel != test.want {
				t.Errorf("got %s, want %s", c.LogLevel, test.want)
			}
		})
	}
}
