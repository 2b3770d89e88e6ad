// Package queue orders what is pending: pure data, without goroutines or locks.
//
//	Ready ──▶ levels, highest priority first                         ready.go
//	            └─▶ lanes that take turns: one for each flow
//	                   └─▶ Sorted nodes, in order of submission      sorted.go
//	FIFO      pointers in order of arrival, for what is all alike    fifo.go
//	Heap      what is out of order                                   heap.go
//	List      values that hold their links, in order of arrival      list.go
//	Index     a map that gives its memory back                       index.go
//	FreeList  values that are kept for reuse                         free.go
//
//	Priorities   how many values have which priority                 priorities.go
//	Ages         when values were numbered, closely enough           ages.go
//
// A [Sorted] is also of use by itself, for what is ordered by time.
package queue
