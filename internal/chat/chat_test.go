package chat_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
)

func TestCheckUserID(t *testing.T) {
	t.Parallel()
	for id, good := range map[string]bool{
		"alice": true, " ": true, "~": true, strings.Repeat("x", 32): true, "@TOA": true, "TGS#": true,
		"": false, strings.Repeat("x", 33): false, "\x1f": false, "\x7f": false, "é": false,
		"@TOA#_x": false, "@TGS#x": false, "@RBT#x": false, "@TIM#SYSTEM": false,
	} {
		if why := chat.CheckUserID(id); (why == "") != good {
			t.Errorf("%q: %q", id, why)
		}
	}
}

func TestGroupType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]chat.GroupType{
		"Private": chat.Private, "Work": chat.Private, "Public": chat.Public, "ChatRoom": chat.ChatRoom, "Meeting": chat.ChatRoom,
		"AVChatRoom": chat.AVChatRoom, "Community": chat.Community,
	} {
		got, ok := chat.ParseGroupType(name)
		if !ok || string(got) != name || !got.Is(want) || !got.Is("x", want) || got.Is() {
			t.Errorf("%s is read as %s, %v", name, got, ok)
		}
		if diff := cmp.Diff(want.Rules(), got.Rules()); diff != "" || got.DefaultMaxMembers() != want.DefaultMaxMembers() {
			t.Errorf("rules of %s (-want +got):\n%s", name, diff)
		}
	}
	for _, name := range []string{"", "private", "BChatRoom", "Live", "Room"} {
		if got, ok := chat.ParseGroupType(name); ok {
			t.Errorf("%q is read as %s", name, got)
		}
	}
}

func TestNewIDs(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		for _, gt := range []chat.GroupType{chat.Private, "Work", chat.Public, "Meeting", chat.AVChatRoom, chat.Community} {
			id := chat.NewGroupID(gt)
			if !strings.HasPrefix(id, "@TGS#") || !chat.WellFormedGroupID(id) || seen[id] || chat.CheckGroupID(id, gt) == "" {
				t.Fatalf("ID %q of a %s", id, gt)
			}
			if strings.HasPrefix(id, "@TGS#_@TGS#") != gt.Is(chat.Community) {
				t.Fatalf("ID %q of a %s", id, gt)
			}
			seen[id] = true
		}
		id := chat.NewOfficialID()
		if !strings.HasPrefix(id, "@TOA#_@TOA#") || seen[id] || chat.CheckOfficialID(id) == "" {
			t.Fatalf("ID %q of an official account", id)
		}
		seen[id] = true
	}
}

func TestMuteEnd(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_772_366_400, 0)
	for _, tt := range []struct {
		seconds uint32
		want    int64
	}{
		{0, 0},
		{1, 1_772_366_401},
		{chat.MuteForever - 1, chat.MuteForever - 1},
		{chat.MuteForever, chat.MuteForever},
	} {
		if got := chat.MuteEnd(tt.seconds, now); got != tt.want {
			t.Errorf("a mute of %d seconds ends at %d, want %d", tt.seconds, got, tt.want)
		}
	}
	for _, tt := range []struct {
		until int64
		want  bool
	}{{0, false}, {now.Unix() - 1, false}, {now.Unix(), false}, {now.Unix() + 1, true}, {chat.MuteForever, true}} {
		if got := chat.Muted(tt.until, now); got != tt.want {
			t.Errorf("muted until %d: %v", tt.until, got)
		}
	}
	if !chat.Muted(chat.MuteForever, now.AddDate(1000, 0, 0)) {
		t.Error("a mute for ever ends")
	}
}

func TestCustomData(t *testing.T) {
	t.Parallel()
	kv := func(pairs ...string) []chat.KeyValue {
		var data []chat.KeyValue
		for i := 0; i < len(pairs); i += 2 {
			data = append(data, chat.KeyValue{Key: pairs[i], Value: pairs[i+1]})
		}
		return data
	}
	for _, tt := range []struct {
		name               string
		data, change, want []chat.KeyValue
	}{
		{"nothing", nil, nil, []chat.KeyValue{}},
		{"no change", kv("a", "1"), nil, kv("a", "1")},
		{"new", kv("a", "1"), kv("b", "2"), kv("a", "1", "b", "2")},
		{"changed", kv("a", "1", "b", "2"), kv("a", "3"), kv("a", "3", "b", "2")},
		{"deleted", kv("a", "1", "b", "2"), kv("a", ""), kv("b", "2")},
		{"deleted that was not there", kv("a", "1"), kv("b", ""), kv("a", "1")},
		{"twice, the last counts", nil, kv("a", "1", "a", "2"), kv("a", "2")},
		{"twice, deleted at last", kv("a", "0"), kv("a", "1", "a", ""), []chat.KeyValue{}},
	} {
		if diff := cmp.Diff(tt.want, chat.MergeCustomData(tt.data, tt.change)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for name, tt := range map[string]struct {
		data []chat.KeyValue
		good bool
	}{
		"none":                 {nil, true},
		"two":                  {kv("aZ_09", "1", "b", ""), true},
		"three":                {kv("a", "1", "b", "2", "c", "3"), false},
		"no name":              {kv("", "1"), false},
		"name of 16 bytes":     {kv(strings.Repeat("k", 16), "1"), true},
		"name of 17 bytes":     {kv(strings.Repeat("k", 17), "1"), false},
		"name with a dash":     {kv("a-b", "1"), false},
		"name with a space":    {kv("a b", "1"), false},
		"value of three bytes": {kv("a", "123"), true},
		"value of four bytes":  {kv("a", "1234"), false},
	} {
		if why := chat.CheckCustomData(tt.data, 2, 3); (why == "") != tt.good {
			t.Errorf("%s: %q", name, why)
		}
	}
	for want, data := range map[string][]chat.KeyValue{
		`[]`:                               nil,
		`[{"Key":"a","Value":"\"\u003c"}]`: kv("a", `"<`),
	} {
		if got := chat.EncodeCustomData(data); got != want {
			t.Errorf("%v is encoded as %s", data, got)
		}
	}
}

func TestMsgKey(t *testing.T) {
	t.Parallel()
	seq, at, err := chat.ParseMsgKey(chat.MsgKey(71, time.Unix(1698741698, 5)))
	if seq != 71 || at.Unix() != 1698741698 || err != nil {
		t.Errorf("got %d, %v, %v", seq, at, err)
	}
	for _, key := range []string{
		"", "_", "__", "_1_", "71", "71_1", "71_1_", "71_2_1698741698", "071_1_1698741698", "71_1_01698741698", "+71_1_1698741698",
		"0_1_1698741698", "-1_1_1698741698", "71_1_1698741698_", " 71_1_1698741698", "71_1_1_1", "99999999999999999999_1_1", "1_1_99999999999999999999",
	} {
		if _, _, err := chat.ParseMsgKey(key); !errors.Is(err, chat.ErrMsgKey) {
			t.Errorf("%q: got %v", key, err)
		}
	}
}

// TestDuplicateKey holds the key that databases have stored: FNV-1a over all
// that makes two sends equal, every part behind its length.
func TestDuplicateKey(t *testing.T) {
	t.Parallel()
	m := chat.Message{Sender: "alice", Random: 4294967295, Body: chat.Body{JSON: []byte(`[{"ä":1}]`)}, CloudCustomData: "c"}
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64(nil, 7))
	h.Write(binary.LittleEndian.AppendUint32(nil, m.Random))
	for _, part := range []string{m.Sender, string(m.Body.JSON), m.CloudCustomData} {
		h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	if got, want := m.DuplicateKey(7), int64(h.Sum64()); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	moved := m
	moved.Sender, moved.Body.JSON = "alic", append([]byte("e"), m.Body.JSON...)
	keys := map[int64]bool{m.DuplicateKey(7): true, m.DuplicateKey(8): true, moved.DuplicateKey(7): true}
	if len(keys) != 3 {
		t.Error("different sends have the same key")
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	err := fmt.Errorf("send: %w", chat.ErrInternal.Because("bad %s", "luck").Wrap(cause))
	got := chat.AsError(err)
	if got.Code != 10002 || got.Text != "internal error, retry later: bad luck" || !errors.Is(got, cause) || !errors.Is(err, chat.ErrInternal) {
		t.Errorf("got %v", got)
	}
	if errors.Is(chat.ErrParameter, chat.ErrGroupID) || errors.Is(cause, chat.ErrInternal) || !errors.Is(chat.ErrNameTooLong, chat.ErrParameter) {
		t.Error("errors are compared by something else than their code")
	}
	if got := chat.AsError(cause); got.Code != 10002 || got.Text != chat.ErrInternal.Text || !errors.Is(got, cause) {
		t.Errorf("what is no refusal is told as %v", got)
	}
	if chat.AsError(nil) != nil {
		t.Error("no error is told as one")
	}
	if strings.Contains(got.Text, "fire") || !strings.Contains(got.Error(), "fire") {
		t.Error("the cause belongs into the log and nowhere else")
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	for _, c := range []chat.Conversation{
		chat.GroupConversation("@TGS#1"), chat.GroupConversation(""), chat.GroupConversation("a:b"), chat.OfficialConversation("@TOA#_x"),
	} {
		if got, ok := chat.ParseConversation(c.String()); !ok || got != c {
			t.Errorf("%s is read as %v", c, got)
		}
	}
	if _, ok := chat.ParseConversation("group"); ok {
		t.Error("what has no colon is no conversation")
	}
}

func TestWebhookPolicies(t *testing.T) {
	t.Parallel()
	w := chat.DefaultWebhook()
	if w.Enabled("a") || w.TimeoutOf("a") != 2*time.Second || w.OnFailureOf("a") != chat.AllowOnFailure {
		t.Errorf("a new app has %+v", w)
	}
	w.On = []string{"a"}
	if w.Enabled("a") {
		t.Error("a webhook without an address fires")
	}
	w.URL = "http://x"
	w.Commands["a"] = chat.CommandPolicy{Timeout: time.Second}
	w.Commands["b"] = chat.CommandPolicy{OnFailure: chat.DenyOnFailure}
	if !w.Enabled("a") || w.Enabled("b") {
		t.Error("the wrong webhooks fire")
	}
	if w.TimeoutOf("a") != time.Second || w.TimeoutOf("b") != 2*time.Second || w.OnFailureOf("a") != chat.AllowOnFailure || w.OnFailureOf("b") != chat.DenyOnFailure {
		t.Error("exceptions of single commands do not hold")
	}
}

// TestPairConversation: two users have one conversation, whoever is named first, and
// no others have the same.
func TestPairConversation(t *testing.T) {
	t.Parallel()
	names := make(map[string][]string)
	for _, pair := range [][2]string{{"alice", "bob"}, {"a,b", "c"}, {"a", "b,c"}, {`a\`, "b"}, {"a", `\,b`}, {",", ","}, {"a b", "a"}} {
		c := chat.PairConversation(pair[0], pair[1])
		if other := chat.PairConversation(pair[1], pair[0]); other != c {
			t.Errorf("%q: %s and %s", pair, c, other)
		}
		if same, taken := names[c.ID]; taken {
			t.Errorf("%q has the name of %q", pair, same)
		}
		names[c.ID] = pair[:]
		users := slices.Sorted(slices.Values(pair[:]))
		if got := c.Users(); !slices.Equal(got, users) {
			t.Errorf("users of %s: got %q, want %q", c, got, users)
		}
	}
}

// TestTinyID: the number of an account is in the range that clients know, and its own.
func TestTinyID(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for app := chat.SDKAppID(1400000001); app < 1400000004; app++ {
		for i := range 10_000 {
			user := fmt.Sprint("user", i)
			id := chat.TinyID(app, user)
			n, err := strconv.ParseUint(id, 10, 64)
			if err != nil || n < 1<<57 || n >= 1<<58 {
				t.Fatalf("%s of %s", id, user)
			}
			if other, taken := seen[id]; taken {
				t.Fatalf("%d %s has the number of %s", app, user, other)
			}
			seen[id] = fmt.Sprint(app, user)
		}
	}
}
