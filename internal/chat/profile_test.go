package chat

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseProfileField(t *testing.T) {
	t.Parallel()
	quoted := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	for name, test := range map[string]struct {
		tag, value string
		want       any
		err        *Error
	}{
		"nick":                         {TagNick, `"Al 爱"`, "Al 爱", nil},
		"empty nick":                   {TagNick, `""`, "", nil},
		"longest nick":                 {TagNick, quoted(500), strings.Repeat("x", 500), nil},
		"nick that is too long":        {TagNick, quoted(501), nil, ErrProfileTooLong},
		"nick that is a number":        {TagNick, `7`, nil, ErrProfileType},
		"nick that is null":            {TagNick, `null`, nil, ErrProfileType},
		"no value":                     {TagNick, ``, nil, ErrProfileType},
		"gender":                       {TagGender, `"Gender_Type_Male"`, "Gender_Type_Male", nil},
		"another gender":               {TagGender, `"Male"`, nil, ErrProfileValue},
		"gender that is a number":      {TagGender, `1`, nil, ErrProfileType},
		"location that is too long":    {TagLocation, quoted(17), nil, ErrProfileValue},
		"level":                        {TagLevel, `4294967295`, int64(4294967295), nil},
		"level that is too large":      {TagLevel, `4294967296`, nil, ErrProfileType},
		"level below zero":             {TagLevel, `-1`, nil, ErrProfileType},
		"level that is a string":       {TagLevel, `"1"`, nil, ErrProfileType},
		"level that is null":           {TagLevel, `null`, nil, ErrProfileType},
		"custom field":                 {"Tag_Profile_Custom_Colour", `"green"`, "green", nil},
		"custom field, too long":       {"Tag_Profile_Custom_Colour", quoted(501), nil, ErrProfileTooLong},
		"custom field with long name":  {"Tag_Profile_Custom_Colouring", `"green"`, nil, ErrProfileTag},
		"custom field without name":    {"Tag_Profile_Custom_", `"green"`, nil, ErrProfileTag},
		"custom field with odd name":   {"Tag_Profile_Custom_a-b", `"green"`, nil, ErrProfileTag},
		"custom field that is a list":  {"Tag_Profile_Custom_A", `["green"]`, nil, ErrProfileType},
		"a tag that there is not":      {"Tag_Profile_IM_Size", `1`, nil, ErrProfileTag},
		"a tag of a friend's in there": {TagRemark, `"x"`, nil, ErrProfileTag},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseProfileField(test.tag, json.RawMessage(test.value))
			if test.err != nil {
				if !errors.Is(err, test.err) {
					t.Errorf("got %v, %v, want %v", got, err, test.err)
				}
				return
			}
			if err != nil || got != (Field{test.tag, test.want}) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestParseCustomFriendField(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tag, value string
		want       any
		custom, ok bool
	}{
		"text":         {"Tag_SNS_Custom_A", `"x"`, "x", true, true},
		"number":       {"Tag_SNS_Custom_A", `-7`, int64(-7), true, true},
		"list":         {"Tag_SNS_Custom_A", `[]`, nil, true, false},
		"null":         {"Tag_SNS_Custom_A", `null`, nil, true, false},
		"too long":     {"Tag_SNS_Custom_A", `"` + strings.Repeat("x", 501) + `"`, nil, true, false},
		"standard tag": {TagRemark, `"x"`, nil, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, custom, err := ParseCustomFriendField(test.tag, json.RawMessage(test.value))
			if custom != test.custom || (err == nil) != test.ok || got.Value != test.want {
				t.Errorf("got %v, %t, %v, want %v", got, custom, err, test.want)
			}
		})
	}
}
