package docgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/config"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/rest"
	"github.com/parley-im/parley/internal/webhook"
)

// model is all that pages are made of.
type model struct {
	Services []*service
	Hooks    []*hook
	Codes    []section[code]
	Nouns    []noun
	// CommandList, PacketList and WebhookList have what the protocol knows.
	CommandList, PacketList, WebhookList []section[*listRow]
	// Config is the configuration file that explains itself.
	Config string

	api, callback *source
	// structs are those of the REST API, bodies those of webhooks.
	structs, bodies []*object
	webhooks        map[string]*listRow
	// wire has the names of all fields.
	wire map[string]bool
}

// service is a service of the REST API.
type service struct {
	Name, Text string
	Commands   []*command
}

// command is a row of the table of commands, with its golden files.
type command struct {
	rest.Command

	Request, Response               *object
	RequestExample, ResponseExample json.RawMessage
}

// hook is a webhook.
type hook struct {
	Name string
	// Fires says when.
	Fires string
	// Switched says that it fires only for apps that have switched it on.
	Switched bool
	Body     *object
	Example  json.RawMessage
}

// readModel reads a module.
func readModel(module fs.FS) (*model, error) {
	m := &model{wire: make(map[string]bool)}
	steps := []func(fs.FS) error{m.readSources, m.readLists, m.readCommands, m.readWebhooks}
	for _, step := range steps {
		if err := step(module); err != nil {
			return nil, err
		}
	}
	var faults []error
	for _, o := range slices.Concat(m.structs, m.bodies) {
		for _, f := range o.Fields {
			if m.wire[f.Wire] = true; f.Text == "" {
				faults = append(faults, fmt.Errorf("%s of %s has neither a comment nor a place in the glossary", f.Wire, o.Name))
			}
		}
		if len(o.Text) == 0 {
			faults = append(faults, fmt.Errorf("%s has no comment", o.Name))
		}
	}
	return m, errors.Join(faults...)
}

func (m *model) readSources(module fs.FS) error {
	apiDir, err := fs.Sub(module, "api")
	if err != nil {
		return err
	}
	callbackDir, err := fs.Sub(module, "callback")
	if err != nil {
		return err
	}
	if m.Nouns, err = readNouns(module); err != nil {
		return err
	}
	if m.api, err = readSource(apiDir, "", m.Nouns); err != nil {
		return err
	}
	if m.callback, err = readSource(callbackDir, "Webhook", m.Nouns); err != nil {
		return err
	}
	if m.Codes, err = readCodes(module); err != nil {
		return err
	}
	var settings strings.Builder
	err = config.WriteDoc(&settings)
	m.Config = settings.String()
	return err
}

func (m *model) readLists(module fs.FS) (err error) {
	if m.CommandList, err = readList(module, "commands.txt", 2); err != nil {
		return err
	}
	if m.WebhookList, err = readList(module, "webhooks.txt", 3); err != nil {
		return err
	}
	if m.PacketList, err = readList(module, "packets.txt", 2); err != nil {
		return err
	}
	var paths, packets, hooks []string
	for _, c := range rest.Table(nil, nil, nil) {
		paths = append(paths, c.Path())
	}
	for _, p := range gateway.Table() {
		packets = append(packets, p.ServCmd())
	}
	for _, c := range callback.Commands() {
		hooks = append(hooks, string(c))
	}
	if _, err = mark("commands.txt", m.CommandList, paths); err != nil {
		return err
	}
	if _, err = mark("packets.txt", m.PacketList, slices.DeleteFunc(packets, alias)); err != nil {
		return err
	}
	m.webhooks, err = mark("webhooks.txt", m.WebhookList, hooks)
	return err
}

// alias reports whether a command of groups stands in the table under the service
// that the list does not have it under: topics are those of communities.
func alias(servCmd string) bool {
	service, command, _ := strings.Cut(servCmd, ".")
	if strings.HasSuffix(command, "_topic") {
		return service == "group_open_http_svc"
	}
	return service == "million_group_open_http_svc"
}

func (m *model) readCommands(fs.FS) (err error) {
	for _, row := range rest.Table(nil, nil, nil) {
		if len(m.Services) == 0 || m.Services[len(m.Services)-1].Name != row.Service {
			m.Services = append(m.Services, &service{Name: row.Service, Text: m.api.comments[row.Service]})
		}
		c := &command{Command: row, Request: m.api.object(row.Request), Response: m.api.object(row.Response)}
		if c.RequestExample, err = m.api.example(c.Request.file + ".request"); err != nil {
			return err
		}
		if c.ResponseExample, err = m.api.example(c.Response.file + ".response"); err != nil {
			return err
		}
		last := m.Services[len(m.Services)-1]
		last.Commands = append(last.Commands, c)
		m.structs = m.api.reach(m.structs, c.Request, c.Response)
	}
	return nil
}

func (m *model) readWebhooks(fs.FS) (err error) {
	m.bodies = m.callback.reach(nil, m.callback.object(reflect.TypeFor[callback.Reply]()))
	for _, c := range callback.Commands() {
		row := m.webhooks[string(c)]
		if (row.Cells[0] == "before") != c.IsBefore() {
			return fmt.Errorf("docs/spec/webhooks.txt says that %s comes %s", c, row.Cells[0])
		}
		h := &hook{
			Name: string(c), Fires: row.Purpose(), Switched: slices.Contains(webhook.Commands(), c),
			Body: m.callback.object(reflect.TypeOf(c.NewBody()).Elem()),
		}
		if h.Example, err = m.callback.example(h.Body.file); err != nil {
			return err
		}
		m.Hooks = append(m.Hooks, h)
		m.bodies = m.callback.reach(m.bodies, h.Body)
	}
	return nil
}

// Least is the example without what is optional, if anything remains.
func (c *command) Least() (json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(c.RequestExample, &all); err != nil {
		return nil, err
	}
	var least members
	for _, f := range c.Request.Fields {
		if value, ok := all[f.Wire]; ok && f.Required {
			least = append(least, member{f.Wire, value})
		}
	}
	if len(least) == 0 || len(least) == len(all) {
		return c.RequestExample, nil
	}
	return least.MarshalJSON()
}

// IsBefore reports whether it asks.
func (h *hook) IsBefore() bool { return callback.Command(h.Name).IsBefore() }

// Commands are those of all services.
func (m *model) Commands() []*command {
	var all []*command
	for _, s := range m.Services {
		all = append(all, s.Commands...)
	}
	return all
}

// shared are the structs of package api that have a description of their own.
func (m *model) shared() []*object {
	var found []*object
	for _, o := range m.structs {
		for _, e := range m.api.within(o) {
			if e.Name != "Response" && !m.api.belongs(e, o) && !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b *object) int { return strings.Compare(a.Name, b.Name) })
	return found
}
