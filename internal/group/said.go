package group

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-im/parley/internal/chat"
)

// rememberedMessages bounds how many messages of AVChatRooms are remembered.
const rememberedMessages = 16384

// said remembers what was said in groups that store no messages, for as long as
// its senders may want to take it back. What it forgets, or what was said before a
// restart, only the group's administrators recall.
type said struct {
	messages *lru.Cache[saidKey, chat.Message]
}

type saidKey struct{ conversation, seq int64 }

func newSaid() (said, error) {
	messages, err := lru.New[saidKey, chat.Message](rememberedMessages)
	return said{messages}, err
}

// add remembers a message, without its contents.
func (s said) add(conversation int64, m *chat.Message) {
	s.messages.Add(saidKey{conversation, m.Seq}, chat.Message{
		Seq: m.Seq, Time: m.Time, Sender: m.Sender, Random: m.Random, ClientTime: m.ClientTime,
	})
}

// at returns the messages at seqs that are remembered.
func (s said) at(conversation int64, seqs []int64) map[int64]chat.Message {
	found := make(map[int64]chat.Message, len(seqs))
	for _, seq := range seqs {
		if m, ok := s.messages.Get(saidKey{conversation, seq}); ok {
			found[seq] = m
		}
	}
	return found
}

// recall notes that messages were taken back.
func (s said) recall(conversation int64, recalled []chat.Message) {
	for i := range recalled {
		if key := (saidKey{conversation, recalled[i].Seq}); s.messages.Contains(key) {
			m := recalled[i]
			m.Place = chat.PlaceRecalled
			s.messages.Add(key, m)
		}
	}
}
