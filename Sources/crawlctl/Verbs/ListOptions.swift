import ArgumentParser

/// How a list is shown.
struct ListOptions: ParsableArguments {
    @Flag(help: "Cut nothing, however narrow the terminal is.") var wide = false
}

/// Which rows of a list, where some of them are over. The two mean the same wherever they are.
struct Extent: ParsableArguments {
    @Flag(help: "Only what goes on.") var open = false
    @Flag(help: "What is over, too.") var all = false

    func validate() throws {
        guard !open || !all else { throw ValidationError("Give either --open or --all.") }
    }

    /// `standard`: only what goes on, if neither is given.
    func openOnly(standard: Bool) -> Bool { open || (standard && !all) }

    func query(standard: Bool) -> [(name: String, value: String)] {
        openOnly(standard: standard) ? [(name: "open", value: "true")] : []
    }
}
