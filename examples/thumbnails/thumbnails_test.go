package main

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/stretchr/testify/require"
)

// shrunk runs the program in this process.
func shrunk(ctx context.Context, args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return out.String(), errs.String(), status
}

// pictures makes some to try with.
func pictures(t *testing.T, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, generate(t.Context(), dir, n))
	paths, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	require.Len(t, paths, n)
	return paths
}

// decoded returns the picture in a file.
func decoded(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, _, err := image.Decode(f)
	require.NoError(t, err)
	return img
}

// Each picture gets a small one of its proportions.
func TestThumbnails(t *testing.T) {
	all, dir := pictures(t, 12), t.TempDir()
	out, errs, status := shrunk(t.Context(), append([]string{"-size", "40", "-out", dir}, all...)...)
	if strings.Count(out, "\n") != len(all) || errs != "" || status != console.OK {
		t.Fatalf("thumbnails = %q, %q, %d, want %d of them", out, errs, status, len(all))
	}
	for _, path := range all {
		large, small := decoded(t, path).Bounds(), decoded(t, filepath.Join(dir, filepath.Base(path))).Bounds()
		w, h := fit(large.Dx(), large.Dy(), 40)
		if small.Dx() != w || small.Dy() != h || max(w, h) > 40 {
			t.Errorf("the thumbnail of %v is %v, want %dx%d", large, small, w, h)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	if len(left) != 0 {
		t.Errorf("%q is left behind", left)
	}
}

// A picture weighs what it takes when it is decoded, which is twice as much if its colours have
// 16 bits.
func TestWeight(t *testing.T) {
	box := image.Rect(0, 0, 10, 20)
	for name, c := range map[string]struct {
		picture image.Image
		want    int64
	}{
		"8 bits":                   {image.NewNRGBA(box), 4 * 200},
		"16 bits":                  {image.NewNRGBA64(box), 8 * 200},
		"16 bits, not see-through": {opaque{image.NewRGBA64(box)}, 8 * 200},
	} {
		path := filepath.Join(t.TempDir(), "x.png")
		require.NoError(t, write(path, c.picture))
		p, err := open(path)
		require.NoError(t, err)
		if p.bytes() != c.want {
			t.Errorf("a picture of %s weighs %d bytes, want %d", name, p.bytes(), c.want)
		}
	}
}

// opaque is a picture that nothing can be seen through.
type opaque struct{ *image.RGBA64 }

func (opaque) Opaque() bool { return true }

// The pictures at work never take more memory than they may, and the workers are
// used as far as it goes.
func TestMemory(t *testing.T) {
	c := config{size: 10, workers: 8, out: t.TempDir(), pictures: pictures(t, 30)}
	for _, path := range c.pictures {
		p, err := open(path)
		require.NoError(t, err)
		c.memory = max(c.memory, p.bytes()) // the largest one just fits
	}
	var g gauge
	n := 0
	for name, err := range thumbnails(t.Context(), c, &g) {
		require.NoError(t, err, name)
		n++
	}
	if most := g.most.Load(); n != len(c.pictures) || most > c.memory || most == 0 || g.now.Load() != 0 {
		t.Errorf("%d pictures took up to %d bytes, want %d with at most %d", n, most, len(c.pictures), c.memory)
	}
}

// A picture that can never fit is refused by its name before it is decoded, and the others
// are made.
func TestTooLarge(t *testing.T) {
	c := config{size: 10, workers: 2, out: t.TempDir(), pictures: pictures(t, 10)}
	var all []int64
	for _, path := range c.pictures {
		p, err := open(path)
		require.NoError(t, err)
		all = append(all, p.bytes())
		c.memory = max(c.memory, p.bytes()-1)
	}
	tooLarge := map[string]bool{}
	for i, n := range all {
		if n > c.memory {
			tooLarge[c.pictures[i]] = true
		}
	}
	made, refused := 0, 0
	for _, err := range thumbnails(t.Context(), c, new(gauge)) {
		switch {
		case err == nil:
			made++
		case tooLarge[strings.SplitN(err.Error(), ": takes ", 2)[0]]:
			refused++
		default:
			t.Error(err)
		}
	}
	if refused != len(tooLarge) || made+refused != len(all) {
		t.Errorf("%d pictures were made and %d refused, want %d refused of %d", made, refused, len(tooLarge), len(all))
	}
}

// What is no picture is reported, and the others are made.
func TestErrors(t *testing.T) {
	all, dir := pictures(t, 1), t.TempDir()
	broken := filepath.Join(t.TempDir(), "broken.png")
	text, err := os.ReadFile(all[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(broken, text[:100], 0o600))
	none := filepath.Join(t.TempDir(), "none.jpg")
	require.NoError(t, os.WriteFile(none, []byte("no picture"), 0o600))
	out, errs, status := shrunk(t.Context(), "-out", dir, broken, none, filepath.Join(t.TempDir(), "missing"), all[0])
	if strings.Count(out, "\n") != 1 || strings.Count(errs, "\n") != 3 || status != console.Failed {
		t.Errorf("thumbnails = %q, %q, %d, want one made and three problems", out, errs, status)
	}
	for _, want := range []string{broken, none + ": image: unknown format", "missing: no such file"} {
		if !strings.Contains(errs, want) {
			t.Errorf("stderr = %q, want %q", errs, want)
		}
	}
}

// A picture is not replaced by a thumbnail, nor a thumbnail by that of another picture.
func TestClash(t *testing.T) {
	one, other := pictures(t, 1)[0], pictures(t, 1)[0]
	before, err := os.ReadFile(one)
	require.NoError(t, err)
	for want, args := range map[string][]string{
		"is in -out":        {"-out", filepath.Dir(one), one},
		"would both become": {"-out", t.TempDir(), one, other},
	} {
		if out, errs, status := shrunk(t.Context(), args...); out != "" || !strings.Contains(errs, want) || status != console.Failed {
			t.Errorf("thumbnails %q = %q, %q, %d, want %q", args, out, errs, status, want)
		}
	}
	after, err := os.ReadFile(one)
	require.NoError(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the picture was replaced")
	}
}

// Every pixel is the mean of those in its place, also in JPEG.
func TestShrink(t *testing.T) {
	img := image.NewGray(image.Rect(5, 5, 9, 7)) // two halves: 0 and 200
	for x := 7; x < 9; x++ {
		for y := 5; y < 7; y++ {
			img.SetGray(x, y, color.Gray{Y: 200})
		}
	}
	small := shrink(img, 2)
	if b := small.Bounds(); b.Dx() != 2 || b.Dy() != 1 {
		t.Fatalf("shrink = %v, want 2x1", b)
	}
	for x, want := range []uint32{0, 200 * 0x101} {
		if r, _, _, a := small.At(x, 0).RGBA(); r != want || a != 0xffff {
			t.Errorf("pixel %d = %d, want %d", x, r, want)
		}
	}
	for _, c := range [][5]int{{100, 50, 10, 10, 5}, {3, 2, 10, 3, 2}, {1000, 1, 10, 10, 1}, {1, 1000, 10, 1, 10}} {
		if w, h := fit(c[0], c[1], c[2]); w != c[3] || h != c[4] {
			t.Errorf("fit(%d, %d, %d) = %d, %d, want %d, %d", c[0], c[1], c[2], w, h, c[3], c[4])
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
	path, dir := filepath.Join(t.TempDir(), "grey.jpeg"), t.TempDir()
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	if out, errs, status := shrunk(t.Context(), "-size", "8", "-out", dir, path); out != filepath.Join(dir, "grey.png")+"\n" || status != console.OK {
		t.Errorf("thumbnails of a JPEG = %q, %q, %d", out, errs, status)
	}
}

func TestInterruptAndUsage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, errs, status := shrunk(ctx, append([]string{"-out", t.TempDir()}, pictures(t, 1)...)...)
	if out != "" || errs != "thumbnails: context canceled: 0 were made\n" || status != console.Interrupted {
		t.Errorf("thumbnails = %q, %q, %d, want %d", out, errs, status, console.Interrupted)
	}
	dir := t.TempDir()
	out, errs, status = shrunk(ctx, "-generate", "5", "-out", dir)
	made, err := os.ReadDir(dir)
	if require.NoError(t, err); out != "" || errs != "thumbnails: context canceled after 0 pictures\n" || status != console.Interrupted || len(made) != 0 {
		t.Errorf("thumbnails -generate = %q, %q, %d, %d files, want %d and none", out, errs, status, len(made), console.Interrupted)
	}
	for _, args := range []string{"", "x.png", "-out d", "-out d -generate 1 x.png", "-size 0 -out d x.png", "-memory 0 -out d x.png", "-memory 17592186044417 -out d x.png", "-workers 0 -out d x.png", "-nonsense"} {
		if out, errs, status := shrunk(t.Context(), strings.Fields(args)...); out != "" || errs == "" || status != console.Usage {
			t.Errorf("thumbnails %s = %q, %q, %d, want %d", args, out, errs, status, console.Usage)
		}
	}
}
