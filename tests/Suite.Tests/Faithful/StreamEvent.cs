namespace Suite.Tests.Faithful;

internal enum StreamEventKind
{
    /// <summary>A session opens; sessions are numbered as they open.</summary>
    Open,

    /// <summary>One whole BMP message of a session.</summary>
    Message,
    Close,

    /// <summary>The collector restarts: all sessions are gone.</summary>
    Restart,

    /// <summary>Six seconds pass: longer than the collector waits with routes that it cannot read for sure.</summary>
    Wait,
}

/// <summary>One step of a generated stream. <paramref name="IsNeeded"/>: without it the rest cannot be read, as with a Peer Up.</summary>
internal sealed record StreamEvent(StreamEventKind Kind, int Session, string Router, byte[] Bytes, bool IsNeeded)
{
    public override string ToString() => Kind == StreamEventKind.Message
        ? $"session {Session} {Convert.ToHexStringLower(Bytes)}"
        : $"session {Session} {Kind} {Router}";
}

/// <summary>A generated stream.</summary>
/// <param name="Events">In order.</param>
/// <param name="PathIds">See <see cref="WireFold"/>: what the generator knows about its routers.</param>
internal sealed record GeneratedStream(IReadOnlyList<StreamEvent> Events, Func<RibKey, bool?> PathIds)
{
    /// <summary>Runs the events through both folds.</summary>
    public static List<string> Differences(IEnumerable<StreamEvent> events, Func<RibKey, bool?> pathIds, CollectorRun collector)
    {
        collector.Reset();
        var run = new FoldRun(collector, pathIds);
        foreach (var step in events)
        {
            run.Now += 10_000_000;
            switch (step.Kind)
            {
                case StreamEventKind.Open:
                    run.Open(step.Router);
                    break;
                case StreamEventKind.Message:
                    run.Add(step.Session, step.Bytes);
                    break;
                case StreamEventKind.Close:
                    run.Close(step.Session);
                    break;
                case StreamEventKind.Restart:
                    run.Restart();
                    break;
                default:
                    run.Wait(6);
                    break;
            }
        }
        return run.Differences();
    }

    /// <summary>Fewer events that still make the tables differ: takes out halves, quarters, and in the end single events.</summary>
    public static List<StreamEvent> Minimised(GeneratedStream stream, CollectorRun collector)
    {
        var events = stream.Events.ToList();
        for (int size = events.Count / 2; size > 0; size /= 2)
        {
            for (int at = events.Count - size; at >= 0; at -= size)
            {
                var fewer = events.Where((e, i) => i < at || i >= at + size || e.IsNeeded).ToList();
                if (fewer.Count < events.Count && Differences(fewer, stream.PathIds, collector).Count > 0)
                    events = fewer;
                at = Math.Min(at, events.Count);
            }
        }
        return events;
    }
}
