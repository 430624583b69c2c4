package rest_test

import (
	"strings"
	"testing"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/rest"
)

// TestTable: what holds of every row.
func TestTable(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	for _, c := range rest.Table(nil, nil, nil) {
		if names[c.Name] {
			t.Errorf("%s stands there twice, but is counted by its name", c.Name)
		}
		names[c.Name] = true
		if c.Service != api.AccountService && c.Service != api.GroupService && c.Service != api.OfficialService {
			t.Errorf("%s is of the service %q", c.Name, c.Service)
		}
		if c.Rate != 100 && c.Rate != 200 {
			t.Errorf("%s has the limit %d", c.Name, c.Rate)
		}
		var typ string
		for word := range strings.SplitSeq(c.Name, "_") {
			typ += strings.ToUpper(word[:1]) + word[1:]
		}
		if c.Request.Name() != typ+"Request" || c.Response.Name() != typ+"Response" {
			t.Errorf("%s has the types %v and %v", c.Name, c.Request, c.Response)
		}
		if f, ok := c.Response.FieldByName("Response"); !ok || !f.Anonymous {
			t.Errorf("the answer of %s has no envelope", c.Name)
		}
	}
	if !names["send_group_msg"] {
		t.Error("there is no send_group_msg")
	}
}
