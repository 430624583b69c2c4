package usersig

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// maxDocument bounds the inflated document, so that a few bytes from a
// stranger cannot become many.
const maxDocument = 4096

// urlSafe is standard base64 with the three characters replaced that mean
// something in a URL. It writes padding and reads without.
var (
	urlSafe = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-").
		WithPadding('_')
	urlSafeRaw = urlSafe.WithPadding(base64.NoPadding)
)

// Compressors are large (some 40 KB for reading, far more for writing) beside
// the 200 bytes that pass through them.
var (
	deflaters = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}
	inflaters sync.Pool // of inflater
)

type inflater interface {
	io.Reader
	zlib.Resetter
}

// pack turns a document into the text of a UserSig.
func pack(doc []byte) (string, error) {
	if len(doc) > maxDocument {
		return "", fmt.Errorf("document of %d bytes, more than %d", len(doc), maxDocument)
	}
	var packed bytes.Buffer
	w := deflaters.Get().(*zlib.Writer) //nolint:errcheck // only writers are in the pool
	defer deflaters.Put(w)
	w.Reset(&packed)
	if _, err := w.Write(doc); err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	sig := urlSafe.EncodeToString(packed.Bytes())
	if len(sig) > MaxLen {
		return "", fmt.Errorf("result of %d bytes, more than %d", len(sig), MaxLen)
	}
	return sig, nil
}

// unpack is the inverse of pack. Padding may be missing.
func unpack(sig string) ([]byte, error) {
	if len(sig) > MaxLen {
		return nil, fmt.Errorf("%d bytes, more than %d", len(sig), MaxLen)
	}
	packed, err := urlSafeRaw.DecodeString(strings.TrimRight(sig, "_"))
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	doc, err := inflate(packed)
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	return doc, nil
}

func inflate(packed []byte) ([]byte, error) {
	r, err := newInflater(packed)
	if err != nil {
		return nil, err
	}
	defer inflaters.Put(r)
	doc, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(doc) > maxDocument {
		return nil, fmt.Errorf("document of more than %d bytes", maxDocument)
	}
	return doc, nil
}

func newInflater(packed []byte) (inflater, error) {
	src := bytes.NewReader(packed)
	if r, ok := inflaters.Get().(inflater); ok {
		if err := r.Reset(src, nil); err != nil {
			inflaters.Put(r)
			return nil, err
		}
		return r, nil
	}
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, err
	}
	reusable, ok := r.(inflater)
	if !ok {
		return nil, errors.New("zlib reader cannot be reset")
	}
	return reusable, nil
}
