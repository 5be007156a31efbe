import ControlAPI
import CrawlFrontier

/// How clients name an incident: by its number, or by the end of it, as tables show it.
package struct IncidentName: Hashable, Sendable {
    /// In upper case, as numbers are written.
    package let text: String

    package init(_ text: String) throws(ControlError) {
        let name = text.uppercased()
        guard (FrontierStore.shortIncident...26).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else {
            throw ControlError(
                status: 400, code: ProblemCode.invalidValue,
                detail: "\(text.prefix(64)): an incident is named by its number, or the last "
                    + "\(FrontierStore.shortIncident) characters of it or more",
                hint: "crawlctl incidents --all lists them")
        }
        self.text = name
    }

    /// The one of `known` that it is; throws if there is none, or more than one.
    func number(of known: [String]) throws(ControlError) -> String {
        guard let first = known.first else {
            throw ControlError(
                status: 404, code: ProblemCode.notFound, detail: "no incident \(text)",
                hint: "crawlctl incidents --all lists them")
        }
        guard known.count == 1 else {
            var error = ControlError(
                status: 409, code: ProblemCode.ambiguous,
                detail: "\(text) is the end of \(known.count) numbers: \(known.joined(separator: ", "))",
                hint: "give the whole number")
            error.candidates = known
            throw error
        }
        return first
    }
}
