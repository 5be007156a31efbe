import ControlAPI
import Testing

struct NearMissTests {
    @Test(
        arguments: [
            ("statsu", "status"), ("lsit", "list"), ("enqeue", "enqueue"), ("revived", "revive"), ("xyz", nil),
            ("incidens", "incidents"), ("", nil), ("pasue", "pause"),
        ] as [(String, String?)])
    func verbs(word: String, meant: String?) {
        let known = ["enqueue", "status", "list", "revive", "incidents", "incident", "pause"]
        let near = NearMiss.of(word, in: known)
        #expect(near == meant || (word == "incidens" && near == "incident"))
    }
}
