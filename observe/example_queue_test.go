package observe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
)

// mail stands for the engine of a cluster, such as one on JetStream.
type mail struct{}

func (mail) Status(context.Context) (queues.Status, error) {
	return queues.Status{Queue: "outgoing mail", Queued: 12}, nil
}

// The queue of a cluster on the page, with its workers.
func ExamplePage_AddQueue() {
	page := observe.NewPage()
	defer page.AddQueue(mail{})()

	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/millrace", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "outgoing mail"))
	// Output: 200 true
}
