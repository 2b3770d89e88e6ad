package work

// Modules are the paths of the libraries that are measured.
var Modules = []string{
	"github.com/alitto/pond/v2",
	"github.com/bytedance/gopkg",
	"github.com/destel/rill",
	"github.com/gammazero/workerpool",
	"github.com/panjf2000/ants/v2",
	"github.com/samber/lo",
	"github.com/samber/ro",
	"github.com/sourcegraph/conc",
	"golang.org/x/sync",
}
