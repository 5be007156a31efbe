/// The servers of a run, each started when a part first wants it.
final class Servers {
    private let workspace: Workspace
    private var pageServer: PageServer?
    private var greedyServer: GreedyServer?
    private var nameServer: NameServer?

    init(in workspace: Workspace) { self.workspace = workspace }

    func pages() throws -> PageServer {
        if let pageServer { return pageServer }
        let server = try PageServer(in: workspace)
        pageServer = server
        return server
    }

    func greedy() throws -> GreedyServer {
        if let greedyServer { return greedyServer }
        let server = try GreedyServer(in: workspace)
        greedyServer = server
        return server
    }

    func names() throws -> NameServer {
        if let nameServer { return nameServer }
        let server = try NameServer()
        nameServer = server
        return server
    }
}
