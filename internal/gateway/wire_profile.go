package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/parley-im/parley/internal/chat"
)

// tagValue is one field of a profile or of an entry in a list of friends, as it is
// sent. Value is a string, a number or a list of strings.
type tagValue struct {
	Tag   string `json:"Tag"`
	Value any    `json:"Value"`
}

// tagRaw is such a field as it is received.
type tagRaw struct {
	Tag   string          `json:"Tag"`
	Value json.RawMessage `json:"Value"`
}

// accounts is a request that names users, nearly always in To_Account.
type accounts struct {
	ToAccount []string `json:"To_Account"`
}

// result is what became of one account of a request.
type result struct {
	ToAccount  string `json:"To_Account"`
	ResultCode int    `json:"ResultCode"`
	ResultInfo string `json:"ResultInfo"`
}

// results is an answer with one result for each account.
type results struct {
	Status

	ResultItem  []result `json:"ResultItem"`
	FailAccount []string `json:"Fail_Account,omitempty"`
}

// resultsOf lists what became of ids; those that outcome does not name succeeded.
func resultsOf(ids []string, outcome map[string]*chat.Error) *results {
	a := &results{ResultItem: make([]result, 0, len(ids))}
	for _, id := range chat.Unique(ids) {
		r := result{ToAccount: id}
		if err := outcome[id]; err != nil {
			r.ResultCode, r.ResultInfo = err.Code, err.Text
			a.FailAccount = append(a.FailAccount, id)
		}
		a.ResultItem = append(a.ResultItem, r)
	}
	return a
}

// profileFields are the fields of a profile as clients get them. A client takes nick
// and face from what is there, so they are there even when they are empty.
func profileFields(p *chat.Profile) []tagValue {
	fields := []tagValue{{chat.TagNick, p.Nick}, {chat.TagFaceURL, p.FaceURL}}
	if _, set := p.Fields[chat.TagAllowType]; !set && !strings.HasPrefix(p.UserID, chat.OfficialPrefix) {
		fields = append(fields, tagValue{chat.TagAllowType, p.AllowType()})
	}
	return append(fields, tagValues(p.Fields)...)
}

// tagValues are fields in the order of their tags.
func tagValues(fields map[string]any) []tagValue {
	list := make([]tagValue, 0, len(fields))
	for _, tag := range slices.Sorted(maps.Keys(fields)) {
		list = append(list, tagValue{tag, fields[tag]})
	}
	return list
}

func fieldValues(fields []chat.Field) []tagValue {
	list := make([]tagValue, 0, len(fields))
	for _, f := range fields {
		list = append(list, tagValue(f))
	}
	return list
}
