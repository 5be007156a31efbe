import ArgumentParser
import ControlAPI

/// What `remove` acts on: one URL, or all URLs of an origin.
struct Selection: ParsableArguments {
    @Argument(help: "The URL.") var url: String?

    @Option(help: ArgumentHelp("All URLs of this origin: scheme, host, port.", valueName: "origin"))
    var origin: String?

    func validate() throws {
        guard (url == nil) != (origin == nil) else {
            throw ValidationError("Give either a URL or --origin.")
        }
    }

    var query: [(name: String, value: String)] {
        [("url", url), ("origin", origin)].compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
