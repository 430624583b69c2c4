package docgen

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
)

//go:embed page
var pages embed.FS

// Files makes every generated file of a module, whose paths are the keys. It
// fails if a table has a row that cannot be described: one
// that a list of docs/spec does not have, a field without a comment, a command
// without a golden file.
func Files(module fs.FS) (map[string][]byte, error) {
	m, err := readModel(module)
	if err != nil {
		return nil, fmt.Errorf("make the reference: %w", err)
	}
	templates, err := m.templates()
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	files := make(map[string][]byte)
	page := func(path, name string, data any) {
		var b bytes.Buffer
		if failed := templates.ExecuteTemplate(&b, name, data); failed != nil && err == nil {
			err = fmt.Errorf("make %s: %w", path, failed)
		}
		files["docs/"+path] = b.Bytes()
	}
	page("support.md", "support.md", m)
	page("glossary.md", "glossary.md", m)
	for _, name := range []string{"config.md", "errors.md", "rest.md", "types.md", "webhooks.md"} {
		page("reference/"+name, name, m)
	}
	for _, s := range m.Services {
		page("reference/"+s.Name+".md", "service.md", s)
	}
	page("openapi.json", "openapi.json", m)
	if err != nil {
		return nil, err
	}
	described, err := encode(json.RawMessage(files["docs/openapi.json"]), "  ")
	files["docs/openapi.json"] = append(described, '\n')
	return files, err
}

func (m *model) templates() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"anchor":     anchor,
		"answeredBy": m.answeredBy,
		"beyond":     func(s string) string { return strings.TrimSpace(strings.TrimPrefix(s, first(s)+".")) },
		"count":      count,
		"describe":   m.describe,
		"envelope":   func() *object { return m.api.object(reflect.TypeFor[api.Response]()) },
		"facts":      facts,
		"first":      first,
		"fields":     func(o *object) []row { return m.rows(m.api, o, "") },
		"hookFields": func(o *object) []row { return m.rows(m.callback, o, "") },
		"indent":     func(v any) (string, error) { return text(v, "  ") },
		"hasCode":    m.hasCode,
		"json":       func(v any) (string, error) { return text(v, "") },
		"link":       func(path string) string { return strings.Replace(path, "/", ".md#", 1) },
		"prose":      m.prose,
		"quote":      quote,
		"shared":     m.shared,
		"sign":       callback.Sign,
		"signature":  signature,
	}).ParseFS(pages, "page/*")
}

// row is a row of a table of fields.
type row struct{ Name, Type, Required, Text string }

// rows lists the fields of a struct and, below each, those of a struct that is
// described with it. The envelope of answers is described elsewhere.
func (m *model) rows(s *source, o *object, above string) []row {
	var list []row
	for _, f := range o.Fields {
		r := row{Name: above + f.Wire, Type: s.typeText(o, f), Text: m.prose(f.Text)}
		if f.Required {
			r.Required = "yes"
		}
		list = append(list, r)
		if e := s.inside(f); e != nil && s.belongs(e, o) {
			below := r.Name + "."
			if f.Type.Kind() == reflect.Slice {
				below = r.Name + "[]."
			}
			list = append(list, m.rows(s, e, below)...)
		}
	}
	return list
}

// answeredBy has the commands whose comments name an error code.
func (m *model) answeredBy(number int) []*command {
	var found []*command
	for _, c := range m.Commands() {
		if slices.ContainsFunc(c.Request.Errors, func(e errorNote) bool { return e.Code == number }) {
			found = append(found, c)
		}
	}
	return found
}

// hasCode reports whether the table of error codes has a code. Comments may name
// codes of webhooks that are not sent yet.
func (m *model) hasCode(number int) bool {
	return slices.ContainsFunc(m.Codes, func(s section[code]) bool {
		return slices.ContainsFunc(s.Rows, func(c code) bool { return c.Number == number })
	})
}

// anchor is how a heading is named in links.
func anchor(heading string) string {
	return strings.NewReplacer(" ", "-", ".", "", ":", "").Replace(strings.ToLower(heading))
}

func text(v any, indent string) (string, error) {
	b, err := encode(v, indent)
	return string(b), err
}

// quote is JSON as one word of a shell.
func quote(raw json.RawMessage) (string, error) {
	line, err := text(raw, "")
	return "'" + strings.ReplaceAll(line, "'", `'\''`) + "'", err
}

// signature signs an example.
func signature(secret, id string, timestamp int64, body string) (string, error) {
	s, err := callback.ParseSecret(secret)
	if err != nil {
		return "", err
	}
	return s.Signature(id, timestamp, []byte(body)), nil
}

// facts are the figures and codes that the page on webhooks tells.
func facts() map[string]any {
	span := func(d time.Duration) string { return strings.Replace(d.String(), "m0s", " min", 1) }
	return map[string]any{
		"GroupMin":    chat.GroupRefusalMin,
		"GroupMax":    chat.GroupRefusalMax,
		"OfficialMin": chat.OfficialRefusalMin,
		"OfficialMax": chat.OfficialRefusalMax,
		"Refusal":     chat.ErrNotAdministrator,
		"Refused":     chat.ErrRefusedByApp.Code,
		"Failed":      chat.ErrWebhookFailed.Code,
		"Timeout":     span(chat.DefaultWebhookTimeout),
		"MinTimeout":  span(chat.MinWebhookTimeout),
		"MaxTimeout":  span(chat.MaxWebhookTimeout),
		"HeadOfLine":  span(chat.DefaultSettings().HeadOfLine),
		"MaxReply":    callback.MaxReplyBytes >> 10,
		"SignWindow":  span(callback.SignWindow),
		"Tolerance":   span(callback.SignatureTolerance),
	}
}
