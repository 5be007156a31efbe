import CurlKit

/// `alerts`: who is told beside the log.
package struct AlertsConfig: Hashable, Sendable {
    /// argv of the hook, run without a shell with the alert as JSON on its standard input; empty means none.
    package var exec: [String] = []

    /// Then the hook's process group is killed.
    package var execTimeout: Duration = .seconds(30)

    /// URL that the same JSON is posted to; "" means none. No fault shows it: user, password, path and query may be secret.
    package var webhook = ""

    /// Between two messages of an incident that stays open; nil means no reminders.
    package var reminder: Duration? = .hours(24)

    /// From the first attempt to deliver a message to the last; zero means one attempt.
    package var giveUpAfter: Duration = .days(7)

    /// Messages and closed incidents go when they are older and all is told; nil means never.
    package var keep: Duration? = .days(90)

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.strings("exec", &exec)
        section.duration("exec_timeout", &execTimeout)
        section.secret("webhook", &webhook)
        section.durationOrNever("reminder", &reminder)
        section.duration("give_up_after", &giveUpAfter)
        section.durationOrNever("keep", &keep)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("alerts")
        check.require(
            exec.first?.hasPrefix("/") ?? true && exec.allSatisfy { !$0.utf8.contains(0) }, "exec",
            "[" + exec.joined(separator: ", ") + "]", "must be the program's absolute path, then its arguments")
        check.duration("exec_timeout", execTimeout, .milliseconds(1)...Duration.hours(1))
        if let reminder { check.duration("reminder", reminder, .seconds(1)...Duration.days(3650)) }
        check.duration("give_up_after", giveUpAfter, .zero...Duration.days(3650))
        if let keep { check.duration("keep", keep, .days(1)...Duration.days(3650)) }
        if let fault = Self.fault(ofWebhook: webhook) { check.require(false, "webhook", nil, fault) }
        return check.faults
    }

    /// What is wrong with its form; nil = nothing, or it is empty. The canonical one is curl's.
    private static func fault(ofWebhook text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let form = "must be an http or https URL, or \"\" for none"
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) })
        else { return form }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // A colon within brackets is an IPv6 address's.
        let afterHost = place.first == "[" ? place.firstIndex(of: "]") ?? place.startIndex : place.startIndex
        let colon = place[afterHost...].firstIndex(of: ":")
        if let colon, !(1...65535).contains(Self.number(place[place.index(after: colon)...]) ?? 0) {
            return "must have a port from 1 to 65535"
        }
        let host = place[..<(colon ?? place.endIndex)]
        guard !host.isEmpty, (try? URLCanonicalizer.canonicalize(Array("\(scheme)\(host)/".utf8))) != nil else {
            return form
        }
        return nil
    }

    /// nil for anything but digits, and for more than a machine's word takes.
    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(digits) : nil
    }
}
