// Package ring holds what is on its way between goroutines that seldom wait for one another:
// rings of values with a mark each, the window that bounds them, and gates to park at.
//
//	      Room: within the window, and a place in the ring
//	        |
//	Set, Mark(i) ----> [ | | |v|v| |v|v| | ] ----> Has(i), Take(i)
//	        |             i modulo length            |
//	        +--- Gate: writes first, looks then -----+
//
// A value is written plainly and published by its mark, an atomic store; a goroutine
// that has seen the mark may take the value out. A mark names the item, so a slot need not be
// cleared for the next one.
//
// One goroutine that waits parks at a gate. It says what it waits for and looks
// again; the others do their work and then look whether it is waited for. Both
// write first and look then, so one of them sees the other, and while nobody is parked
// that costs the others one load of a word that seldom changes.
package ring
