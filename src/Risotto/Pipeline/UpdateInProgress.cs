using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Frame;

namespace Risotto.Pipeline;

/// <summary>The next step of an UPDATE.</summary>
internal enum UpdatePhase
{
    /// <summary>No UPDATE is in progress.</summary>
    None,

    /// <summary>Its prefixes become records.</summary>
    Append,

    /// <summary>It is an End-of-RIB: the routes that were not repeated are withdrawn.</summary>
    Sweep,

    /// <summary>Its error becomes a dead letter.</summary>
    Report,
}

/// <summary>
/// One UPDATE between its decoder and the batches. Where no batch is free the work stops, and goes on here when the same message is
/// presented again. One instance serves a whole session.
/// </summary>
internal sealed class UpdateInProgress
{
    public DecodedUpdate Update { get; } = new();

    public UpdatePhase Phase { get; set; }

    public PeerView View { get; private set; } = null!;

    /// <summary>What is decoded of the UPDATE.</summary>
    public UpdatePart Part { get; private set; }

    /// <summary>The message waited for an ADD-PATH decision, and is not the stream's current one.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>The prefixes that are done.</summary>
    public PrefixCounts Counts;

    /// <summary>The first error of the message.</summary>
    public BmpError Error { get; private set; }

    /// <summary>The prefixes that can become records.</summary>
    public int Prefixes { get; private set; }

    /// <summary><see cref="Update"/> has been decoded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(PeerView view, ulong receivedNs, ulong bmpHeaderNs, bool isHeld)
    {
        Part = UpdatePart.Whole;
        Error = Update.Error;
        if (View != view)
            View = view;
        (Update.ReceivedNs, Update.BmpHeaderNs) = (receivedNs, bmpHeaderNs);
        IsHeld = isHeld;
        BeginFields();
    }

    /// <summary><see cref="Update"/> has been decoded again, in part.</summary>
    public void Begin(UpdatePart part)
    {
        Part = part;
        if (!Error.IsError)
            Error = Update.Error;
        BeginFields();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void BeginFields()
    {
        Counts = default;
        // Where the UPDATE has to be read in parts, the parts have its prefixes.
        Prefixes = Part.IsWhole && Update.HasMore ? 0 : Update.Prefixes;
        Phase = UpdatePhase.Append;
    }

    /// <summary>Gives up the rest of the UPDATE and returns the number of its prefixes that are not done.</summary>
    public int GiveUp()
    {
        int rest = Phase == UpdatePhase.None ? 0 : Prefixes - Counts.Done;
        Phase = UpdatePhase.None;
        return rest;
    }
}

/// <summary>What has become of the prefixes of an UPDATE.</summary>
internal struct PrefixCounts
{
    /// <summary>All that are done, whatever has become of them.</summary>
    public int Done;

    /// <summary>Nothing has changed.</summary>
    public int Suppressed;

    /// <summary>The router has as many routes as it may have.</summary>
    public int Refused;

    /// <summary>A newer session of the router owns the view.</summary>
    public int Superseded;

    /// <summary>Records were written.</summary>
    public readonly int Emitted => Done - Suppressed - Refused - Superseded;
}
