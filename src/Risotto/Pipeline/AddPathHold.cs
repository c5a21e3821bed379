using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;

namespace Risotto.Pipeline;

/// <summary>
/// Holds the messages of a session's views for which it is not decided yet whether their NLRI carries path identifiers, collects the
/// evidence, and releases the messages in order when the decision is there or a bound is reached.
/// </summary>
internal sealed class AddPathHold(SessionCounters counters)
{
    /// <summary>The bound of all views of a session together, whatever the number of peers.</summary>
    public const int MaxSessionBytes = 16 << 20;

    private const int None = -1;

    // In the order in which the waits began.
    private readonly OrderedDictionary<PeerView, HeldMessages> _held = [];
    private int _bytes;

    // The view whose messages are being released, and the index from which downwards others may be ready.
    private (PeerView View, HeldMessages Messages)? _releasing;
    private int _next = None;

    /// <summary>Some view waits: <see cref="SettleDue"/> is to be called from time to time.</summary>
    public bool IsHolding { get; private set; }

    /// <summary>Some messages of the view wait, so that later ones have to wait too.</summary>
    public bool Holds(PeerView view) => IsHolding && _held.ContainsKey(view);

    /// <summary>The number of the view's UPDATEs that wait.</summary>
    public int Waiting(PeerView view) => _held.TryGetValue(view, out var held) ? held.Count : 0;

    /// <summary>
    /// Collects the evidence of an UPDATE's fields. True: the message is held. False: everything is decided, perhaps in another way than
    /// the UPDATE was read.
    /// </summary>
    /// <param name="bmp">The whole BMP message; its headers are copied.</param>
    /// <param name="bgp">The BGP message in it; copied.</param>
    /// <param name="update">The result of reading it.</param>
    /// <param name="view">The view of the message.</param>
    /// <param name="receivedNs">When the message was read, nanoseconds since 1970 UTC.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool TryHold(ReadOnlySpan<byte> bmp, ReadOnlySpan<byte> bgp, DecodedUpdate update, PeerView view, ulong receivedNs)
    {
        int undecided = Vote(bgp, update, view);
        if (!_held.TryGetValue(view, out var held))
        {
            if (undecided == 0)
                return false;
            _held.Add(view, held = new HeldMessages(receivedNs));
            IsHolding = true;
        }
        byte[] message = CopyOf(bmp, bgp);
        held.Add(message, receivedNs);
        held.Families |= undecided;
        counters.MessagesHeld++;
        _bytes += message.Length;
        if (_bytes >= MaxSessionBytes)
            Settle(peer: null);
        if (IsReady(view, held))
            _next = _held.Count - 1;
        return true;
    }

    /// <summary>Ends the wait of the views that have waited too long.</summary>
    public void SettleDue(ulong nowNs)
    {
        foreach (var (view, held) in _held)
        {
            if (nowNs > held.Since + HeldMessages.MaxWaitNs)
                Settle(view, held);
        }
    }

    /// <summary>Ends the wait of one peer's views, or of all.</summary>
    public void Settle(Peer? peer)
    {
        foreach (var (view, held) in _held)
        {
            if (peer is null || view.Peer == peer)
                Settle(view, held);
        }
    }

    /// <summary>
    /// The next message that need not wait any more; it stays until <see cref="Remove"/>. All messages of a view come in a row.
    /// </summary>
    public bool TryPeek(out PeerView view, out ReadOnlySpan<byte> bmp, out ulong receivedNs)
    {
        for (_next = Math.Min(_next, _held.Count - 1); _releasing is null && _next != None; _next--)
        {
            var (key, held) = _held.GetAt(_next);
            if (!IsReady(key, held))
                continue;
            // A full queue ends the wait, decided or not.
            Decide(key, held);
            _releasing = (key, held);
        }
        if (_releasing is not { } releasing)
        {
            view = null!;
            bmp = default;
            receivedNs = 0;
            return false;
        }
        view = releasing.View;
        (byte[] message, receivedNs) = releasing.Messages.Peek();
        bmp = message;
        return true;
    }

    /// <summary>The message of <see cref="TryPeek"/> is processed.</summary>
    public void Remove()
    {
        var (view, held) = _releasing!.Value;
        _bytes -= held.Remove();
        if (!held.IsEmpty)
            return;
        _held.Remove(view);
        IsHolding = _held.Count > 0;
        _releasing = null;
    }

    // A BMP message with this BGP message alone: there may be several in the one that was received.
    private static byte[] CopyOf(ReadOnlySpan<byte> bmp, ReadOnlySpan<byte> bgp)
    {
        byte[] message = [.. bmp[..PerPeerHeader.End], .. bgp];
        message[CommonHeader.VersionOffset] = CommonHeader.Version;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(CommonHeader.LengthOffset), (uint)message.Length);
        return message;
    }

    private static bool IsReady(PeerView view, HeldMessages held)
    {
        if (held.IsFull)
            return true;
        for (int family = 0; family < AddressFamily.IndexCount; family++)
        {
            if ((held.Families >> family & 1) != 0 && !view.AddPath[family].IsDecided)
                return false;
        }
        return true;
    }

    private void Settle(PeerView view, HeldMessages held)
    {
        Decide(view, held);
        _next = _held.Count - 1;
    }

    private void Decide(PeerView view, HeldMessages held)
    {
        for (int family = 0; family < AddressFamily.IndexCount; family++)
        {
            if ((held.Families >> family & 1) == 0 || view.AddPath[family].IsDecided)
                continue;
            NoteDecision(view, family, view.AddPath[family].Decide());
        }
    }

    // Returns the families that are not decided yet: one bit for each index.
    private int Vote(ReadOnlySpan<byte> bgp, DecodedUpdate update, PeerView view)
    {
        int undecided = 0;
        for (int index = 0; index < DecodedUpdate.FieldCount; index++)
        {
            if (!update.HasField(index))
                continue;
            ref readonly var field = ref update.Fields[index];
            ref var decision = ref view.AddPath[field.Family.Index];
            var evidence = AddPathDecision.Evidence(bgp, field);
            if (decision.IsDecided)
            {
                if (evidence != (decision.HasPathIds ? AddPathEvidence.WithoutPathIds : AddPathEvidence.WithPathIds))
                    continue;
                decision.Reopen();
            }
            bool isMisread = decision.Vote(evidence);
            if (decision.IsDecided)
                NoteDecision(view, field.Family.Index, isMisread);
            else
                undecided |= 1 << field.Family.Index;
        }
        return undecided;
    }

    private void NoteDecision(PeerView view, int family, bool isMisread)
    {
        counters.AddPathMismatches += view.AddPath[family].IsMismatch ? 1 : 0;
        if (isMisread)
            view.Misread |= (byte)(1 << family);
    }
}
