//! `.msg` files for tests, written as Outlook writes them (MS-OXMSG). Used by the journeys too.

use std::io::{Cursor, Write as _};

use cfb::CompoundFile;

/// What one message, recipient or attachment is made of.
#[derive(Debug, Default, Clone)]
pub struct Made {
    texts: Vec<(u16, String)>,
    /// In the code page of [`Made::number`] `0x3fde`, not in Unicode.
    bare: Vec<(u16, Vec<u8>)>,
    bytes: Vec<(u16, Vec<u8>)>,
    numbers: Vec<(u16, u32)>,
    times: Vec<(u16, i64)>,
    recipients: Vec<Made>,
    attachments: Vec<Made>,
    message: Option<Box<Made>>,
}

impl Made {
    pub fn text(mut self, property: u16, text: &str) -> Self {
        self.texts.push((property, text.to_owned()));
        self
    }

    pub fn bare(mut self, property: u16, text: &[u8]) -> Self {
        self.bare.push((property, text.to_vec()));
        self
    }

    pub fn bytes(mut self, property: u16, bytes: &[u8]) -> Self {
        self.bytes.push((property, bytes.to_vec()));
        self
    }

    pub fn number(mut self, property: u16, number: u32) -> Self {
        self.numbers.push((property, number));
        self
    }

    /// Seconds since 1970.
    pub fn time(mut self, property: u16, at: i64) -> Self {
        self.times.push((property, (at + 11_644_473_600) * 10_000_000));
        self
    }

    pub fn to(mut self, name: &str, address: &str) -> Self {
        self.recipients.push(Self::default().text(0x3001, name).text(0x39fe, address).number(0x0c15, 1));
        self
    }

    pub fn with(mut self, attachment: Self) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// An attachment that is a mail.
    pub fn carrying(message: Self) -> Self {
        Self { message: Some(Box::new(message)), ..Self::default() }.number(0x3705, 5)
    }

    /// The whole file.
    pub fn file(&self) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).expect("memory can be written");
        self.write(&mut file, "", 32);
        file.flush().expect("memory can be written");
        file.into_inner().into_inner()
    }

    fn write(&self, file: &mut CompoundFile<Cursor<Vec<u8>>>, at: &str, prelude: usize) {
        let mut properties = vec![0; prelude];
        let mut row = |property: u16, sort: u16, value: [u8; 8]| {
            properties.extend_from_slice(&sort.to_le_bytes());
            properties.extend_from_slice(&property.to_le_bytes());
            properties.extend_from_slice(&6_u32.to_le_bytes());
            properties.extend_from_slice(&value);
        };
        self.numbers.iter().for_each(|(property, number)| row(*property, 3, u64::from(*number).to_le_bytes()));
        self.times.iter().for_each(|(property, ticks)| row(*property, 0x40, ticks.to_le_bytes()));
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let texts = self.texts.iter().map(|(property, text)| (*property, 0x1f, utf16(text)));
        let bare = self.bare.iter().map(|(property, text)| (*property, 0x1e, text.clone()));
        let bytes = self.bytes.iter().map(|(property, bytes)| (*property, 0x102, bytes.clone()));
        for (property, sort, bytes) in texts.chain(bare).chain(bytes) {
            row(property, sort, u64::try_from(bytes.len()).expect("a small test").to_le_bytes());
            stream(file, &format!("{at}/__substg1.0_{property:04X}{sort:04X}"), &bytes);
        }
        stream(file, &format!("{at}/__properties_version1.0"), &properties);
        for (kind, all) in [("recip", &self.recipients), ("attach", &self.attachments)] {
            for (number, one) in all.iter().enumerate() {
                let below = format!("{at}/__{kind}_version1.0_#{number:08X}");
                file.create_storage(&below).expect("memory can be written");
                one.write(file, &below, 8);
            }
        }
        if let Some(message) = &self.message {
            let below = format!("{at}/__substg1.0_3701000D");
            file.create_storage(&below).expect("memory can be written");
            message.write(file, &below, 24);
        }
    }
}

fn stream(file: &mut CompoundFile<Cursor<Vec<u8>>>, at: &str, bytes: &[u8]) {
    let mut stream = file.create_stream(at).expect("memory can be written");
    stream.write_all(bytes).expect("memory can be written");
}

/// A provider's notice as it lies in somebody's Outlook, dragged out of it: no header is left of it.
pub fn notice() -> Made {
    Made::default()
        .text(0x0037, "[Action Required] Amazon RDS: rotate certificates signed by rds-ca-2019")
        .text(0x0042, "Amazon Web Services, Inc.")
        .text(0x5d02, "no-reply-aws@amazon.com")
        .time(0x0039, 1_717_225_800)
        .text(0x1035, "<0100018c-from-outlook@email.amazonses.example>")
        .text(
            0x1000,
            "Your certificates for Amazon RDS expire on August 22, 2024.\r\nUpdate them before that date.\r\n",
        )
        .to("DBA", "dba@house.example")
}
