package rest

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseParameters: the same as package net/url reads.
func TestParseParameters(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"", "&", "&&=&", "sdkappid", "sdkappid=", "sdkappid=1", "sdkappid=1&sdkappid=2", "sdkappid=&sdkappid=2x", "SDKAPPID=1",
		"sdkappid=1&identifier=a+b%20c&usersig=*-_%2A%3d&random=1&contenttype=json", "%73dkappid=1", "identifier=a=b",
		"identifier=%", "identifier=%zz", "%zz=1", "identifier=a;b", "x;y", "random=%zz&sdkappid=1", "usersig=\u00e4%c3%a4",
	} {
		want, wantErr := url.ParseQuery(query)
		got, err := parseParameters(query)
		if (err != nil) != (wantErr != nil) {
			t.Errorf("%q: got %v, want %v", query, err, wantErr)
		}
		if err != nil {
			continue
		}
		expected := parameters{want.Get("sdkappid"), want.Get("identifier"), want.Get("usersig"), want.Get("contenttype")}
		if query == "sdkappid=&sdkappid=2x" {
			expected.sdkAppID = "2x" // an empty one is none
		}
		if diff := cmp.Diff(expected, got, cmp.AllowUnexported(parameters{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	for _, place := range []int64{1, 2, 200, 1<<63 - 1} {
		if got, ok := parseCursor(formatCursor(place)); got != place || !ok {
			t.Errorf("%d comes back as %d, %v", place, got, ok)
		}
	}
	if got := formatCursor(0); got != "" {
		t.Errorf("the end of a list is %q", got)
	}
	// "0", "-1", "01", "+1", "1 ", no number, base64 without padding, none at all.
	for _, text := range []string{"MA==", "LTE=", "MDE=", "KzE=", "MSA=", "eA==", "MQ", "?", "TGSOTk=", "OTk5OTk5OTk5OTk5OTk5OTk5OTk="} {
		if got, ok := parseCursor(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}
