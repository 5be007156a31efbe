import ControlAPI
import Testing

/// Recrawls as requests and records write them.
struct RecrawlTextTests {
    @Test(
        "what a record shows may be enqueued again",
        arguments: [
            ("never", RecrawlText.never), ("7d", .every(.seconds(7 * 86_400))), ("1ms", .every(.milliseconds(1))),
            ("adaptive", .adaptive(nil)), ("adaptive 1s", .adaptive(.seconds(1))),
            ("adaptive 1728m", .adaptive(.seconds(103_680))),
        ])
    func roundTrip(text: String, recrawl: RecrawlText) {
        #expect(RecrawlText(text) == recrawl)
        #expect(recrawl.text == text)
    }

    @Test(arguments: [
        "", "often", "0s", "7", "Never", "never ", "adaptive ", "adaptive  1d", "adaptive1d", "adaptive 0s",
        "adaptive 999ms", "adaptive never", "1d adaptive", "Adaptive", "-1d", "adaptive -1d",
    ])
    func refused(text: String) { #expect(RecrawlText(text) == nil) }
}
