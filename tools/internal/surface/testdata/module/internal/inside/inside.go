package inside

type Event struct{}

type Watcher interface {
	Seen(e Event) (again bool)
	Lost(name string)
}

type Option interface{ apply(*Event) }

func Exported() {}
