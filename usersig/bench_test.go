package usersig_test

import (
	"testing"

	"github.com/parley-im/parley/usersig"
)

func BenchmarkGenerate(b *testing.B) {
	claims := vectorClaims(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := usersig.Generate(vectorKey, claims); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := usersig.Verify(vectorPlain, vectorApp, vectorUser, vectorIssued, vectorKey); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is what remains for a server that keeps verified tokens.
func BenchmarkCheck(b *testing.B) {
	token, err := usersig.Parse(vectorPlain)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := token.Check(vectorApp, vectorUser, vectorIssued); err != nil {
			b.Fatal(err)
		}
	}
}
