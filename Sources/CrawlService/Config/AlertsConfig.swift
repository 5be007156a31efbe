/// `alerts`: who is told beside the log.
package struct AlertsConfig: Hashable, Sendable {
    /// argv of the hook, run without a shell with the alert as JSON on its standard input; empty means none.
    package var exec: [String] = []

    /// Then the hook's process group is killed.
    package var execTimeout: Duration = .seconds(30)

    /// URL that the same JSON is posted to; "" means none.
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
        section.string("webhook", &webhook)
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
        check.require(
            webhook.isEmpty || Self.isWebURL(webhook), "webhook", webhook,
            "must be an http or https URL, or \"\" for none")
        return check.faults
    }

    /// A first look at the form; the canonical one is curl's.
    private static func isWebURL(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return false }
        return ["http://", "https://"].contains { scheme in
            text.hasPrefix(scheme) && text.dropFirst(scheme.count).first.map { !"/?#:@".contains($0) } ?? false
        }
    }
}
