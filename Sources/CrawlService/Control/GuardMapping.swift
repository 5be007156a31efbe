import ControlAPI
import CrawlCore

extension GuardsRecord {
    init(_ status: GuardStatus) {
        self.init()
        domainsKnown = status.domainsKnown
        offlineSince = status.offlineSince?.text
        offline = status.offlineSince != nil ? .offline : status.isOfflineGuardOff ? .off : .on
        storms = status.storms.compactMap { storm in
            guard case .storm(let edge) = storm.period.subject else { return nil }
            return Storm(
                edge: edge.name, incident: storm.period.incident.description, since: storm.period.began.text,
                until: storm.until.text, domains: storm.members)
        }
    }
}
