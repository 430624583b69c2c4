package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console"
)

// welcome is what a server that has just started has to tell.
type welcome struct {
	// addr is the host and port that it listens on, data its directory.
	addr, data string
	// app is the one that was made because there was none, else nil.
	app *chat.App
	// configured says that its secret key came from the configuration. Then it is not
	// printed: what a container prints is kept.
	configured bool
	// inbox says whether there is a built-in receiver of webhooks.
	inbox bool
}

// receiverPath is where the built-in inbox takes the webhooks of a first try.
const receiverPath = "/inbox/demo"

// welcome prints where the server is and, if it is new, everything that is
// needed to see a first webhook.
func (p *program) welcome(w welcome) {
	url := console.LocalURL(w.addr)
	p.printf("Parley is ready at %s\n", url)
	if w.app == nil {
		return
	}
	key := w.app.SecretKey
	if w.configured {
		key = "as bootstrap_secret says"
	}
	p.printf("\nThis is the first start, so an app was made:\n\n")
	p.table([][]string{
		{"  SDKAppID", fmt.Sprint(w.app.SDKAppID)},
		{"  Secret key", key},
		{"  Administrator", strings.Join(w.app.Administrators, ", ")},
		{"  Address", url},
	})
	receiver, see := url+receiverPath, url+receiverPath
	if !w.inbox {
		receiver, see = "https://YOUR-BACKEND/webhook", p.line(w, "webhook log")
	}
	p.printf("\nTo see a webhook, in another terminal:\n\n")
	p.printf("  Set the webhook URL   %s\n", p.line(w, "webhook set --url "+receiver))
	p.printf("  Send group messages   %s\n", p.line(w, "try"))
	p.printf("  See their webhooks    %s\n\n", see)
}

// line is a command to copy that reaches this server from another terminal.
func (p *program) line(w welcome, command string) string {
	line := p.name + " " + command
	if filepath.Clean(w.data) != filepath.Clean(defaultData) {
		line += " --data " + quoted(w.data)
	}
	return line
}
