package observe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
)

// mail stands for an engine of module cluster, such as *jetstream.Engine.
type mail struct{}

func (mail) Status(context.Context) (queues.Status, error) {
	return queues.Status{Engine: "jetstream", Queue: "mail", Queued: 312, Held: 8}, nil
}

// The page has a section for the queues of clusters. It waits for their answers, but not for
// long: in a bubble of synctest no answer is late.
func ExamplePage_AddQueue() {
	synctest.Test(new(testing.T), func(*testing.T) {
		page := observe.NewPage()
		remove := page.AddQueue(mail{})
		defer remove()

		answer := httptest.NewRecorder()
		page.ServeHTTP(answer, httptest.NewRequest("GET", "/debug/millrace?format=json", nil))
		var shown struct {
			Queues []struct {
				Queue        string
				Queued, Held int
			}
		}
		err := json.Unmarshal(answer.Body.Bytes(), &shown)
		fmt.Println(shown.Queues, err)
	})
	// Output: [{mail 312 8}] <nil>
}
