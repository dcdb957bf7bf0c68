//! How messages become bytes and back: what the clients and servers in `generated` use.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{BufferSettings, Codec};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};

/// Room for a message at first, in bytes; it grows. Most registrations are about as long, and thousands of them may wait
/// for the engine at a time, where tonic's own 8 KiB count.
const BUFFER_BYTES: usize = 1024;

/// How many bytes of a stream are gathered before they are sent: tonic's own number.
const YIELD_BYTES: usize = 32 * 1024;

/// Protobuf that begins with little room.
pub(crate) struct Frugal<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Frugal<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Message + 'static, U: Message + Default + 'static> Codec for Frugal<T, U> {
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::new(BUFFER_BYTES, YIELD_BYTES))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<T, U>::raw_decoder(BufferSettings::new(BUFFER_BYTES, YIELD_BYTES))
    }
}
