package docgen

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLead(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"is", "Random is a number.", "A number."},
		{"has", "Random has digits.", "Digits."},
		{"verb", "Random tells repeated sends.", "Tells repeated sends."},
		{"two names", "Random and Other are numbers.", "Random and Other are numbers."},
		{"another name", "Randomness is good.", "Randomness is good."},
		{"no comment", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := lead("Random", tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhetherRequired(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want   string
		required, optional bool
	}{
		{"required", "The name. Required.", "The name.", true, false},
		{"optional", "The name. Optional.", "The name.", false, true},
		{"with default", "The flag. Optional, default 0.", "The flag. Default 0.", false, true},
		{"with consequence", "The ID. Optional; without it one is made.", "The ID. Without it one is made.", false, true},
		{"neither", "The name.", "The name.", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, required, optional := whetherRequired(tt.text)
			if got != tt.want || required != tt.required || optional != tt.optional {
				t.Errorf("got %q, %t, %t, want %q, %t, %t", got, required, optional, tt.want, tt.required, tt.optional)
			}
		})
	}
}

func TestErrorNotes(t *testing.T) {
	t.Parallel()
	got := errorNotes("10004 a parameter is missing; 10016 refused, or a code from 10100 to 10200; or both; 80001 blocked.")
	want := []errorNote{
		{10004, "A parameter is missing"},
		{10016, "Refused, or a code from 10100 to 10200; or both"},
		{80001, "Blocked"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	m := &model{
		wire:     map[string]bool{"From_Account": true, "MsgSeq": true, "Type": true, "UserID": true},
		webhooks: map[string]*listRow{"Group.CallbackA": {Yes: true}, "Group.CallbackB": {}},
	}
	tests := []struct{ name, text, want string }{
		{"names of fields", "The From_Account of MsgSeq.", "The `From_Account` of `MsgSeq`."},
		{"words that are names too", "Type and UserIDs, a UserID.", "Type and UserIDs, a UserID."},
		{"values", `"On" or "".`, "`\"On\"` or `\"\"`."},
		{"beginnings of IDs", "Not @TGS#_@TGS#, but @TGS#.", "Not `@TGS#_@TGS#`, but `@TGS#`."},
		{"webhooks", "It fires Group.CallbackA.", "It fires `Group.CallbackA`."},
		{"webhooks that we do not have", "It fires Group.CallbackB.", "It fires `Group.CallbackB` (not sent yet)."},
		{"links of Go comments", "See [Refuse].", "See `callback.Refuse`."},
		{"what Markdown would take", "a|b < c", `a\|b &lt; c`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := m.prose(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
