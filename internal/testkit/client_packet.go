package testkit

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"iter"
	"strconv"
	"sync"
)

// compressedMark begins a message whose rest is compressed.
var compressedMark = []byte("COMP")

// packet is a message in its parts.
type packet struct {
	exchange

	// body is part of the message.
	body []byte
}

// openPacket finds the parts of a message without decoding them, since a process
// with thousands of clients gets the same push thousands of times. It does not
// notice all faults of JSON.
func openPacket(message []byte) (p packet) {
	for name, value := range members(message) {
		switch string(name) {
		case "body":
			p.body = value
		case "head":
			for name, value := range members(value) {
				switch string(name) {
				case "servcmd":
					p.servcmd = string(bytes.Trim(value, `"`))
				case "seq":
					p.seq, _ = strconv.ParseInt(string(value), 10, 64) // another matches no request
				}
			}
		}
	}
	return p
}

// members yields the names and the values of a JSON object as they are written.
// It ends early at what is no JSON.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest := bytes.TrimSpace(object)
		for len(rest) > 0 && (rest[0] == '{' || rest[0] == ',') {
			rest = bytes.TrimSpace(rest[1:])
			n := valueLen(rest)
			if n < 2 || rest[0] != '"' {
				return
			}
			name := rest[1 : n-1]
			rest = bytes.TrimSpace(rest[n:])
			if len(rest) == 0 || rest[0] != ':' {
				return
			}
			rest = bytes.TrimSpace(rest[1:])
			n = valueLen(rest)
			if n == 0 || !yield(name, rest[:n]) {
				return
			}
			rest = bytes.TrimSpace(rest[n:])
		}
	}
}

// valueLen is the length of the JSON value that text begins with, 0 if it is cut
// off.
func valueLen(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	switch text[0] {
	case '"':
		return stringLen(text)
	case '{', '[':
		return nestedLen(text)
	}
	if n := bytes.IndexAny(text, ",]} \t\r\n"); n >= 0 {
		return n
	}
	return len(text)
}

func nestedLen(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			n := stringLen(text[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func stringLen(text []byte) int {
	for i := 1; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		escapes := 0
		for text[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
	return 0
}

// inflater reads the zlib format.
type inflater interface {
	io.Reader
	zlib.Resetter
}

// inflaters are used again, since each has a window of 32 KiB.
var inflaters sync.Pool

// inflate appends what is compressed in the zlib or the gzip format.
func inflate(to, compressed []byte) ([]byte, error) {
	from := bytes.NewReader(compressed)
	if bytes.HasPrefix(compressed, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(from)
		if err != nil {
			return to, err
		}
		return appendAll(to, r)
	}
	r, used := inflaters.Get().(inflater)
	if !used {
		fresh, err := zlib.NewReader(from)
		if err != nil {
			return to, err
		}
		r, _ = fresh.(inflater) // as its documentation says
	} else if err := r.Reset(from, nil); err != nil {
		return to, err
	}
	defer inflaters.Put(r)
	return appendAll(to, r)
}

// appendAll appends what is read up to the size of a message.
func appendAll(to []byte, r io.Reader) ([]byte, error) {
	out := bytes.NewBuffer(to)
	n, err := out.ReadFrom(io.LimitReader(r, maxMessage+1))
	if err == nil && n > maxMessage {
		err = fmt.Errorf("it becomes longer than %d bytes", maxMessage)
	}
	return out.Bytes(), err
}
